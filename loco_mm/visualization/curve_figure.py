"""Figure of the curves of trainings."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..text import shortened
from .figures import add_legend
from .timeline import LONGEST_NAME, LONGEST_TITLE

PANEL_INCHES = (4.6, 2.7)
LEGEND_INCHES = 0.3


class Curve(NamedTuple):
    """Values of a run.

    Attributes:
        iterations: Iteration at which each value was logged.
        values: The values.
    """

    iterations: list[int]
    values: list[float]


def curve_figure(title: str, runs: Mapping[str, Mapping[str, Curve]]) -> Figure:
    """Draw a panel for each logged name, with a curve for each run.

    Args:
        title: Title of the figure.
        runs: Curves by name of the run and by logged name.
    """
    keys = list(dict.fromkeys(key for curves in runs.values() for key in curves))
    columns = min(3, len(keys))
    rows = math.ceil(len(keys) / columns)
    width, height = PANEL_INCHES
    legend = LEGEND_INCHES * math.ceil(len(runs) / 3)
    figure = Figure(figsize=(width * columns, height * rows + legend + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, key in zip(axes, keys, strict=False):
        for number, curves in enumerate(runs.values()):
            if key in curves:
                # A validation curve has few points, which may be a single one.
                marker = "o" if len(curves[key].values) < 60 else None
                axis.plot(*curves[key], marker=marker, color=f"C{number}", lw=1.2, ms=2.5)
        axis.set_title(shortened(key, LONGEST_NAME), fontsize=9, parse_math=False)
        axis.grid(color="0.92")
        axis.tick_params(labelsize=7)
    for axis in axes[len(keys) :]:
        axis.set_visible(False)
    for axis in axes[max(len(keys) - columns, 0) : len(keys)]:
        axis.set_xlabel("iteration", fontsize=8)
    handles = [
        axes[0].plot([], [], color=f"C{n}", label=shortened(name, LONGEST_NAME))[0]
        for n, name in enumerate(runs)
    ]
    add_legend(figure, handles, 3)
    figure.suptitle(shortened(title, LONGEST_TITLE), fontsize=11, parse_math=False)
    return figure
