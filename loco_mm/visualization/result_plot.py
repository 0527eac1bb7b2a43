"""Plots of a table: published results beside reproduced ones."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..text import shortened

PUBLISHED_COLOR, REPRODUCED_COLOR = "#8a8f98", "#3566b8"
ROW_INCHES, MARGIN_INCHES, WIDTH_INCHES, CURVE_INCHES = 0.34, 1.3, 9.0, 3.6
LONGEST_NAME = 40


class PlotRow(NamedTuple):
    """Results of a row, in percent or in the unit of a cost.

    Attributes:
        name: Name of the row.
        published: Published result; None if there is none.
        reproduced: Result of each seed.
        value: Value of the setting that the table varies.
    """

    name: str
    published: float | None
    reproduced: Sequence[float]
    value: float | None = None


def result_figure(title: str, metric: str, rows: Sequence[PlotRow], value_name: str = "") -> Figure:
    """Draw the published results, if there are any, on the left of the reproduced ones.

    Each has its own axis, as they may be of different data. Several seeds are drawn as points, with
    their mean.

    Args:
        title: Title of the table.
        metric: Name and unit of the results.
        rows: The rows, from top to bottom.
        value_name: Name of the setting that the table varies; then the plot has a curve over its
            values instead of bars.
    """
    height = CURVE_INCHES if value_name else MARGIN_INCHES + ROW_INCHES * len(rows)
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    FigureCanvasAgg(figure)
    published = [[] if row.published is None else [row.published] for row in rows]
    parts = [("published", published, PUBLISHED_COLOR)] if any(published) else []
    parts.append(("reproduced", [list(row.reproduced) for row in rows], REPRODUCED_COLOR))
    axes = figure.subplots(1, len(parts), sharey=not value_name, squeeze=False)[0]
    for axis, (name, results, color) in zip(axes, parts, strict=True):
        (_draw_curve if value_name else _draw_bars)(axis, rows, results, color)
        axis.set_title(name, fontsize=10)
        if value_name:
            axis.set_xlabel(value_name)
            axis.set_ylabel(metric)
        else:
            axis.set_xlabel(metric)
    if not value_name:
        axes[0].invert_yaxis()
    figure.suptitle(title, fontsize=11, parse_math=False)
    return figure


def _draw_bars(
    axis: Axes, rows: Sequence[PlotRow], results: Sequence[Sequence[float]], color: str
) -> None:
    for place, values in enumerate(results):
        if not values:
            axis.text(0, place, " none", va="center", color=color, fontsize=8)
            continue
        mean = statistics.mean(values)
        axis.barh(place, mean, height=0.7, color=color, alpha=0.55)
        if len(values) > 1:
            axis.plot(values, [place] * len(values), "o", color=color, markersize=3.5)
        end = max(values)
        axis.annotate(
            f"{mean:.4g}" if mean >= 100 else f"{mean:.1f}",
            (end, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    names = [shortened(row.name, LONGEST_NAME) for row in rows]
    axis.set_yticks(range(len(rows)), names, fontsize=9, parse_math=False)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.margins(x=0.12)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_curve(
    axis: Axes, rows: Sequence[PlotRow], results: Sequence[Sequence[float]], color: str
) -> None:
    places = range(len(rows))
    found = [(place, values) for place, values in zip(places, results, strict=True) if values]
    if found:
        means = [statistics.mean(values) for _, values in found]
        axis.plot([place for place, _ in found], means, "-o", color=color, markersize=5)
    for place, values in found:
        if len(values) > 1:
            axis.plot([place] * len(values), values, "_", color=color, markersize=10, alpha=0.7)
    if not found:
        axis.text(0.5, 0.5, "none", transform=axis.transAxes, ha="center", color=color)
    # Evenly spaced, as such values are usually multiples of each other.
    axis.set_xticks(places, [f"{row.value:g}" for row in rows])
    axis.set_xlim(-0.4, len(rows) - 0.6)
    axis.spines[["top", "right"]].set_visible(False)
