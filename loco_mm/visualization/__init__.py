"""Timelines, figures and pages that show predictions, models and trainings."""

from .curve_figure import Curve, curve_figure
from .diagnosis_figure import diagnosis_figure
from .figures import check_figure, save_figure
from .page import PageVideo, write_page
from .sample_figure import sample_figure
from .similarity_figure import SimilarityPanel, similarity_figure
from .timeline import draw_timeline, timeline_figure
from .window_figure import WindowLayer, window_figure

__all__ = [
    "Curve",
    "PageVideo",
    "SimilarityPanel",
    "WindowLayer",
    "check_figure",
    "curve_figure",
    "diagnosis_figure",
    "draw_timeline",
    "sample_figure",
    "save_figure",
    "similarity_figure",
    "timeline_figure",
    "window_figure",
    "write_page",
]
