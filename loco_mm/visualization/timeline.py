"""Timelines with a video's ground truth above predictions, and one row per class."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.patches import Patch

from ..structures import Event, Events
from ..text import shortened
from .figures import save_figure

TRUTH_COLOR, PREDICTION_COLOR = "#1b7f5c", "#3566b8"
ROW_INCHES, PART_INCHES, MARGIN_INCHES, WIDTH_INCHES = 0.36, 0.3, 1.35, 9.0
BAR_HEIGHT = 0.76
# Maximum number of characters in a title.
LONGEST_TITLE, LONGEST_NAME = 80, 40


def timeline_figure(
    video_id: str,
    duration: float,
    gt: Events | None,
    pred: Events | Mapping[str, Events],
    classes: Sequence[str],
) -> Figure:
    """Draw the timeline of a video.

    Args:
        video_id: Id of the video, for the title.
        duration: Duration in seconds.
        gt: Annotated events in seconds; None if unknown, which leaves out their part.
        pred: Predicted events in seconds; higher scores are drawn darker. A dict contains those of
            several models by name, which are drawn below each other.
        classes: Class names by label.

    Returns:
        Figure: The rows of all parts are the same classes from top to bottom: annotated ones by
        their first start, and below the ground truth also those that are only predicted.
    """
    found = dict(pred) if isinstance(pred, Mapping) else {"predictions": pred}
    truth = Events.none() if gt is None else gt
    by_start = sorted(truth, key=lambda event: (event.start, event.end, classes[event.label]))
    predicted = [event for events in found.values() for event in events]
    best_first = sorted(predicted, key=lambda event: -(event.score or 0))
    annotated = list(dict.fromkeys(event.label for event in by_start))
    order = list(dict.fromkeys([*annotated, *(event.label for event in best_first)]))
    parts = [] if gt is None else [("ground truth", gt, TRUTH_COLOR)]
    rows = [annotated] * len(parts) + [order] * len(found)
    parts += [(name, events, PREDICTION_COLOR) for name, events in found.items()]
    counts = [max(len(labels), 1) for labels in rows]
    height = MARGIN_INCHES + PART_INCHES * (len(parts) - 2)
    figure = Figure(figsize=(WIDTH_INCHES, height + ROW_INCHES * sum(counts)), layout="constrained")
    FigureCanvasAgg(figure)
    ratios = dict(height_ratios=counts)
    axes = figure.subplots(len(parts), 1, sharex=True, squeeze=False, gridspec_kw=ratios)[:, 0]
    for axis, (name, events, color), labels in zip(axes, parts, rows, strict=True):
        draw_events(axis, name, events, color, {label: classes[label] for label in labels})
    axes[-1].set_xlim(0, duration)
    axes[-1].set_xlabel("seconds")
    title = f"{shortened(video_id, LONGEST_TITLE)}  ({duration:g} s)"
    figure.suptitle(title, fontsize=11, parse_math=False)
    _draw_legend(figure, with_truth=gt is not None)
    return figure


def _draw_legend(figure: Figure, with_truth: bool) -> None:
    shades = tuple(Patch(color=PREDICTION_COLOR, alpha=_opacity(k)) for k in (0.1, 0.5, 0.9))
    entries = {"predicted: the higher the score, the darker": shades}
    if with_truth:
        annotated = Patch(color=TRUTH_COLOR, alpha=_opacity(None))
        entries = {"annotated": (annotated,), **entries}
    figure.legend(
        handles=list(entries.values()),
        labels=list(entries),
        handler_map={tuple: HandlerTuple(ndivide=None)},
        loc="outside lower right",
        ncols=2,
        fontsize=8,
        frameon=False,
    )


def _opacity(score: float | None) -> float:
    return 0.85 if score is None else 0.15 + 0.75 * min(max(score, 0), 1)


def draw_events(
    axis: Axes, name: str, events: Events, color: str, names: Mapping[int, str]
) -> None:
    """Draw a row of events per class.

    Args:
        axis: The axis.
        name: Title of the axis.
        events: The events.
        color: Color of title and events.
        names: Class names by label, from top to bottom.
    """
    for row, label in enumerate(names):
        lanes = _lanes([event for event in events if event.label == label])
        height = BAR_HEIGHT / max(len(lanes), 1)
        for number, lane in enumerate(lanes):
            middle = row + (number - (len(lanes) - 1) / 2) * height
            for event in lane:
                _draw_event(axis, event, middle, height, color)
    texts = [shortened(name, LONGEST_NAME) for name in names.values()] or ["(none)"]
    axis.set_ylim(len(texts) - 0.4, -0.6)
    # A dollar sign would begin a formula.
    axis.set_yticks(range(len(texts)), texts, fontsize=9, parse_math=False)
    title = shortened(name, LONGEST_TITLE)
    axis.set_title(title, loc="left", fontsize=9, color=color, parse_math=False)
    axis.grid(axis="x", color="0.9")
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)


def _lanes(events: Sequence[Event]) -> list[list[Event]]:
    """Split the events of a class into lanes without overlap, with the best in the first lane."""
    lanes: list[list[Event]] = []
    for event in sorted(events, key=lambda e: (-(e.score or 0), e.start)):
        for lane in lanes:
            if all(event.end <= other.start or other.end <= event.start for other in lane):
                lane.append(event)
                break
        else:
            lanes.append([event])
    return lanes


def _draw_event(axis, event: Event, middle: float, height: float, color: str) -> None:
    strength = _opacity(event.score)
    axis.barh(
        middle,
        event.end - event.start,
        left=event.start,
        height=height,
        color=color,
        alpha=strength,
        edgecolor=color,
        linewidth=0.8,
    )
    if event.score is not None:
        axis.annotate(
            f"{event.score:.2f}",
            (event.start, middle),
            xytext=(2, 0),
            textcoords="offset points",
            # Three or more lanes leave no space for larger text.
            fontsize=min(7, 20 * height),
            va="center_baseline",
            color="white" if strength > 0.5 else "black",
            clip_on=True,
        )


def draw_timeline(
    path: str | Path,
    video_id: str,
    duration: float,
    gt: Events | None,
    pred: Events | Mapping[str, Events],
    classes: Sequence[str],
) -> None:
    """Write :func:`timeline_figure` as a PNG file.

    Args:
        path: The file to write; its folder is created if needed.
        video_id, duration, gt, pred, classes: See :func:`timeline_figure`.
    """
    figure = timeline_figure(video_id, duration, gt, pred, classes)
    save_figure(path, figure)
