"""Figure of the similarity between the visual and the audio steps of a video.

Shape letters: T steps.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from ..structures import Events
from ..text import shortened
from .figures import add_legend
from .timeline import LONGEST_NAME, LONGEST_TITLE

PANEL_INCHES, LEGEND_INCHES = 4.2, 0.9
# Distinct from each other and from the colors of the matrix.
EVENT_COLORS = ("#ffd60a", "#ff3b30", "#ff2dbb", "#000000", "#ff9500", "#00e5ff", "#b08cff")


class SimilarityPanel(NamedTuple):
    """Similarity matrix of a model.

    Attributes:
        name: Title of the panel.
        matrix: (T, T) cosine similarity of visual step i (row) and audio step j (column).
        times: (T,) time of each step in seconds.
    """

    name: str
    matrix: np.ndarray
    times: np.ndarray


def similarity_figure(
    title: str, panels: Sequence[SimilarityPanel], events: Events, classes: Sequence[str]
) -> Figure:
    """Draw the similarity matrices of a video side by side, with its events outlined.

    Source: LoCo, Fig. 3.

    Args:
        title: Title of the figure.
        panels: Matrices of one or more models, in the same colors.
        events: Annotated events in seconds; each is outlined as the square of its steps.
        classes: Class names by label.
    """
    figure = Figure(
        figsize=(PANEL_INCHES * len(panels) + 0.8, PANEL_INCHES + LEGEND_INCHES),
        layout="constrained",
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    labels = list(dict.fromkeys(event.label for event in events))
    colors = {label: EVENT_COLORS[n % len(EVENT_COLORS)] for n, label in enumerate(labels)}
    limits = [min(panel.matrix.min() for panel in panels), max(p.matrix.max() for p in panels)]
    for axis, panel in zip(axes, panels, strict=True):
        _draw_panel(axis, panel, events, colors, limits)
    figure.colorbar(axes[-1].images[0], ax=axes, label="cosine similarity", shrink=0.8)
    axes[0].set_ylabel("visual, seconds")
    figure.suptitle(shortened(title, LONGEST_TITLE), fontsize=11, parse_math=False)
    handles = [
        Patch(facecolor="0.5", edgecolor=color, label=shortened(classes[label], LONGEST_NAME), lw=2)
        for label, color in colors.items()
    ]
    add_legend(figure, handles, 4)
    return figure


def _draw_panel(
    axis: Axes,
    panel: SimilarityPanel,
    events: Events,
    colors: Mapping[int, str],
    limits: Sequence[float],
) -> None:
    half = (panel.times[-1] - panel.times[0]) / max(len(panel.times) - 1, 1) / 2 or 0.5
    first, last = panel.times[0] - half, panel.times[-1] + half
    axis.imshow(
        panel.matrix,
        cmap="viridis",
        vmin=limits[0],
        vmax=limits[1],
        origin="lower",
        extent=(first, last, first, last),
    )
    for event in events:
        length = event.end - event.start
        color = colors[event.label]
        axis.add_patch(
            Rectangle(
                (event.start, event.start), length, length, fill=False, edgecolor=color, lw=1.6
            )
        )
    axis.set_title(shortened(panel.name, LONGEST_NAME), fontsize=10, parse_math=False)
    axis.set_xlabel("audio, seconds")
    axis.set_xlim(first, last)
    axis.set_ylim(first, last)
