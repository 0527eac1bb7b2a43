"""Parts of figures, and their files."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from ..errors import InputError
from ..fileio import atomic_write, check_output

FIGURE_ENDINGS = (".png", ".svg")


def check_figure(path: str | Path) -> None:
    """Refuse a file that :func:`save_figure` cannot write, before anything is computed.

    Raises:
        InputError: The ending is not that of a figure, or see :func:`check_output`.
    """
    if Path(path).suffix not in FIGURE_ENDINGS:
        raise InputError(f"{path}: expected a file name that ends with .png or .svg")
    check_output(path)


def save_figure(path: str | Path, figure: Figure, dpi: int = 110) -> None:
    """Write a figure atomically; the format is that of the file name, ``.png`` or ``.svg``."""
    path = Path(path)
    with atomic_write(path, "wb") as file:
        figure.savefig(file, format=path.suffix[1:], dpi=dpi)


def add_legend(figure: Figure, handles: Sequence[Artist], ncols: int) -> None:
    """Add a legend below a figure, whose labels are text and no formulas."""
    legend = figure.legend(
        handles=handles, loc="outside lower center", ncols=ncols, fontsize=8, frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
