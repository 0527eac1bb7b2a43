"""Writes figures."""

from pathlib import Path

from matplotlib.figure import Figure

from ..fileio import atomic_write


def save_figure(path: str | Path, figure: Figure, dpi: int = 110) -> None:
    """Write a figure atomically; the format is that of the file name, ``.png`` or ``.svg``."""
    path = Path(path)
    with atomic_write(path, "wb") as file:
        figure.savefig(file, format=path.suffix[1:], dpi=dpi)
