"""Figure of a sample as a model gets it.

Shape letters: T steps, D channels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..structures import Events
from ..text import shortened
from .timeline import LONGEST_TITLE, ROW_INCHES, TRUTH_COLOR, WIDTH_INCHES, draw_events

FEATURE_INCHES, MARGIN_INCHES = 1.7, 1.6


def sample_figure(
    title: str,
    features: Mapping[str, np.ndarray],
    events: Events,
    annotated: Events,
    duration: float,
    classes: Sequence[str],
) -> Figure:
    """Draw the features and the events of a sample.

    Args:
        title: Title of the figure.
        features: (T, D) features by modality.
        events: Events of the sample in steps; after a crop, those within it.
        annotated: Events of the whole video in seconds, drawn above.
        duration: Duration of the whole video in seconds.
        classes: Class names by label.
    """
    rows = [{event.label: classes[event.label] for event in sorted(x)} for x in (annotated, events)]
    heights = [ROW_INCHES * max(len(names), 1) for names in rows]
    heights += [FEATURE_INCHES] * len(features)
    figure = Figure(
        figsize=(WIDTH_INCHES, MARGIN_INCHES + 0.4 * len(heights) + sum(heights)),
        layout="constrained",
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(heights), 1, gridspec_kw=dict(height_ratios=heights))
    steps = max(len(x) for x in features.values())
    draw_events(axes[0], "annotated video, seconds", annotated, TRUTH_COLOR, rows[0])
    axes[0].set_xlim(0, duration)
    draw_events(axes[1], f"sample, {steps} steps", events, TRUTH_COLOR, rows[1])
    axes[1].set_xlim(-0.5, steps - 0.5)
    for axis, (name, values) in zip(axes[2:], features.items(), strict=True):
        _draw_features(axis, name, values)
        axis.set_xlim(-0.5, steps - 0.5)
    axes[-1].set_xlabel("steps")
    figure.suptitle(shortened(title, LONGEST_TITLE), fontsize=11, parse_math=False)
    return figure


def _draw_features(axis: Axes, name: str, values: np.ndarray) -> None:
    # Extreme values of a few channels would hide all others.
    low, high = np.percentile(values, [1, 99])
    image = axis.imshow(
        values.T, aspect="auto", interpolation="nearest", vmin=low, vmax=high, cmap="viridis"
    )
    axis.figure.colorbar(image, ax=axis, pad=0.01)
    axis.set_title(
        f"{name}, {values.shape[1]} channels: mean {values.mean():.3g}, "
        f"standard deviation {values.std():.3g}",
        loc="left",
        fontsize=9,
    )
    axis.set_ylabel("channel")
