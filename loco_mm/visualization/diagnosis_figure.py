"""Figure of a diagnosis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..text import shortened

# From the best kind of prediction to the worst.
KIND_COLORS = {
    "true positive": "#1b7f5c",
    "double detection": "#8e7cc3",
    "wrong label": "#c0392b",
    "localization": "#e0a030",
    "confusion": "#d77a61",
    "background": "#9aa1ab",
}
BAR_COLOR, MISSED_COLOR = "#3566b8", "#b3261e"
LONGEST_NAME, MOST_CLASSES = 24, 15


def diagnosis_figure(title: str, diagnosis: Mapping[str, Any]) -> Figure:
    """Draw a diagnosis.

    Args:
        title: Title of the figure.
        diagnosis: Content of :class:`loco_mm.apis.diagnosis.Diagnosis`, as a dict.

    Returns:
        Figure: Groups of events, kinds of predictions by rank, costs of errors, precision-recall
        curves, and confused classes.
    """
    figure = Figure(figsize=(12, 13), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(3, 2, height_ratios=[1.0, 1.0, 1.3])
    _draw_groups(figure.add_subplot(grid[0, :]), diagnosis["groups"])
    _draw_ranks(figure.add_subplot(grid[1, 0]), diagnosis["shares_by_rank"])
    _draw_costs(figure.add_subplot(grid[1, 1]), diagnosis["costs"])
    _draw_curves(figure.add_subplot(grid[2, 0]), diagnosis["curves"])
    _draw_confusion(figure.add_subplot(grid[2, 1]), diagnosis)
    figure.suptitle(title, fontsize=12, parse_math=False)
    return figure


def _draw_groups(axis: Axes, groups: Mapping[str, Sequence[Mapping]]) -> None:
    place, ticks, names = 0.0, [], []
    for name, members in groups.items():
        first = place
        for group in members:
            if group["num_events"]:
                axis.bar(place, 100 * group["normalized_mAP"], color=BAR_COLOR, alpha=0.75)
                axis.plot(place, 100 * group["missed"], "_", color=MISSED_COLOR, markersize=18)
            ticks.append(place)
            names.append(f"{group['name']} ({group['num_events']})")
            place += 1
        axis.text((first + place - 1) / 2, 103, name, ha="center", fontsize=10, weight="bold")
        place += 0.8
    axis.set_xticks(ticks, names, fontsize=8, rotation=30, ha="right")
    axis.set_ylim(0, 112)
    axis.set_ylabel("%")
    axis.set_title(
        "normalized mAP (bars), and share of missed events (red), by group (number of events)",
        fontsize=10,
    )


def _draw_ranks(axis: Axes, shares: Mapping[Any, Mapping[str, float]]) -> None:
    bottom = np.zeros(len(shares))
    places = np.arange(1, len(shares) + 1)
    for kind, color in KIND_COLORS.items():
        values = 100 * np.array([of_rank[kind] for of_rank in shares.values()])
        axis.bar(places, values, bottom=bottom, color=color, label=kind, width=0.85)
        bottom += values
    axis.set_xticks(places, [f"{place} G" for place in places], fontsize=8)
    axis.set_ylim(0, 100)
    axis.set_xlabel("rank within a class with G events, up to")
    axis.set_ylabel("% of predictions")
    axis.set_title("kinds of predictions", fontsize=10)
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)


def _draw_costs(axis: Axes, costs: Mapping[str, float]) -> None:
    kinds = list(costs)
    values = [100 * costs[kind] for kind in kinds]
    axis.barh(kinds, values, color=[KIND_COLORS[kind] for kind in kinds])
    for place, value in enumerate(values):
        axis.text(value, place, f" {value:.1f}", va="center", fontsize=9)
    axis.invert_yaxis()
    axis.margins(x=0.15)
    axis.set_xlabel("points of average mAP")
    axis.set_title("what each kind of error costs", fontsize=10)


def _draw_curves(axis: Axes, curves: Mapping[str, Sequence[float]]) -> None:
    for number, (threshold, curve) in enumerate(curves.items()):
        color = str(0.1 + 0.7 * number / max(len(curves) - 1, 1))
        recalls = np.linspace(0, 100, len(curve))
        axis.plot(recalls, 100 * np.asarray(curve), color=color, label=f"tIoU {threshold}")
    axis.set_xlim(0, 100)
    axis.set_ylim(0, 100)
    axis.set_xlabel("recall (%)")
    axis.set_ylabel("interpolated precision (%), mean over classes")
    axis.set_title("precision and recall", fontsize=10)
    axis.legend(fontsize=8)


def _draw_confusion(axis: Axes, diagnosis: Mapping[str, Any]) -> None:
    """Draw the classes that take part in the most confusions, each row divided by its sum."""
    counts = np.asarray(diagnosis["confusion_matrix"])
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    order = np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:MOST_CLASSES]
    part = counts[order][:, order]
    shares = 100 * part / np.maximum(counts[order].sum(1, keepdims=True), 1)
    image = axis.imshow(shares, cmap="Blues", vmin=0)
    axis.figure.colorbar(image, ax=axis, label="% of the predictions on events of a class")
    names = [shortened(diagnosis["class_names"][label], LONGEST_NAME) for label in order]
    axis.set_xticks(range(len(order)), names, rotation=90, fontsize=7, parse_math=False)
    axis.set_yticks(range(len(order)), names, fontsize=7, parse_math=False)
    axis.set_xlabel("predicted class")
    axis.set_ylabel("class of the event")
    axis.set_title(f"the {len(order)} most confused classes", fontsize=10)
