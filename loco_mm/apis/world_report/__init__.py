"""Statistics of a synthetic world, and of the results it allows."""

from .controls import CONTROLS, exact_controls, markov_controls
from .probe import WIDTHS, probe_curve
from .report import describe_world
from .videos import MadeVideo, made_videos

__all__ = [
    "CONTROLS",
    "WIDTHS",
    "MadeVideo",
    "describe_world",
    "exact_controls",
    "made_videos",
    "markov_controls",
    "probe_curve",
]
