"""Figure of the target windows of adaptive attention in a video.

Shape letters: N windows, H heads.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..structures import Events
from ..text import shortened
from .timeline import LONGEST_NAME, LONGEST_TITLE, ROW_INCHES, TRUTH_COLOR, draw_events

HEAD_INCHES, MARGIN_INCHES, PANEL_INCHES = 0.16, 1.4, 8.0
HEAD_COLORS = ("#3566b8", "#c0392b", "#e0a030", "#8e7cc3", "#17a2a2", "#7f7f7f")


class WindowLayer(NamedTuple):
    """Windows of a layer in a video, in seconds.

    Attributes:
        panel: Name of the column in which the layer is drawn.
        name: Name of the layer within it.
        fixed: (N, 2) start and end of the windows without adaptation.
        targets: (N, H, 2) start and end of the target window of each head.
    """

    panel: str
    name: str
    fixed: np.ndarray
    targets: np.ndarray


def window_figure(
    title: str,
    duration: float,
    events: Events,
    classes: Sequence[str],
    layers: Sequence[WindowLayer],
) -> Figure:
    """Draw each head's target windows below the events of a video.

    Layers are drawn below each other, each with one row per head, in which consecutive windows
    alternate between two lines, with a dot at their centre. Vertical lines are the borders of the
    fixed windows.

    Args:
        title: Title of the figure.
        duration: Duration of the video in seconds.
        events: Annotated events in seconds.
        classes: Class names by label.
        layers: The layers, from top to bottom.
    """
    names = {event.label: classes[event.label] for event in sorted(events)}
    panels = list(dict.fromkeys(layer.panel for layer in layers))
    columns = {panel: [layer for layer in layers if layer.panel == panel] for panel in panels}
    rows = max(sum(layer.targets.shape[1] + 1 for layer in column) for column in columns.values())
    heights = [ROW_INCHES * max(len(names), 1), HEAD_INCHES * rows]
    figure = Figure(
        figsize=(PANEL_INCHES * len(panels), MARGIN_INCHES + sum(heights)), layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(
        2, len(panels), squeeze=False, sharex=True, gridspec_kw=dict(height_ratios=heights)
    )
    for (panel, column), (above, below) in zip(columns.items(), axes.T, strict=True):
        draw_events(above, "ground truth", events, TRUTH_COLOR, names)
        _draw_layers(below, column)
        below.set_title(shortened(panel, LONGEST_NAME), loc="left", fontsize=9, parse_math=False)
        below.set_xlabel("seconds")
        below.set_xlim(0, duration)
    figure.suptitle(shortened(title, LONGEST_TITLE), fontsize=11, parse_math=False)
    return figure


def _draw_layers(axis: Axes, layers: Sequence[WindowLayer]) -> None:
    place, ticks = 0, []
    for layer in layers:
        heads = layer.targets.shape[1]
        ticks.append(place + (heads - 1) / 2)
        # Half way between the last step of a window and the first one of the next.
        borders = (layer.fixed[:-1, 1] + layer.fixed[1:, 0]) / 2
        axis.vlines(borders, place - 0.5, place + heads - 0.5, color="0.85", lw=0.7)
        for head in range(heads):
            lines = [
                [(start, place + shift), (end, place + shift)]
                for (start, end), shift in zip(
                    layer.targets[:, head], np.resize([-0.17, 0.17], len(layer.fixed)), strict=True
                )
            ]
            color = HEAD_COLORS[head % len(HEAD_COLORS)]
            axis.add_collection(LineCollection(lines, colors=color, lw=2))
            # A window that reads a single position would not be visible.
            centres = layer.targets[:, head].mean(1)
            axis.plot(centres, [ends[0][1] for ends in lines], ".", color=color, ms=4)
            place += 1
        place += 1
    axis.set_yticks(ticks, [shortened(layer.name, LONGEST_NAME) for layer in layers], fontsize=8)
    axis.set_ylim(place - 0.5, -1)
    axis.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
