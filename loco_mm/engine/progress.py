"""Progress bars of the command-line tools."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def progress_bar(
    items: Iterable[T], description: str, total: int | None = None, transient: bool = False
) -> Iterator[T]:
    """Iterate with a bar on stderr that shows the number of items and the time left.

    Args:
        items: Items of any kind.
        description: Text before the bar.
        total: Number of items, if they have no length.
        transient: Whether the bar disappears at the end.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=transient) as progress:
        yield from progress.track(items, total, description=description)
