"""The processes that read a run's data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import InputError
from ..text import first_line


@contextmanager
def report_dead_workers(split: str, training: Any = None) -> Iterator[None]:
    """Name the loader that has lost a process: to a lack of memory, or a bug in compiled code.

    Args:
        split: Of its config's key.
        training: A model; while it trains, the split is ``'train'``.

    Raises:
        InputError: torch's message with the key.
    """
    try:
        yield
    except RuntimeError as error:
        # torch has no type for it; its cause, where there is one, has the signal.
        messages = [first_line(e).strip() for e in (error.__cause__ or error, error)]
        message = next((text for text in messages if "DataLoader worker" in text), None)
        if message is None:
            raise
        if training is not None and training.training:
            split = "train"
        raise InputError(
            f"{split}_dataloader: {message.rstrip('.')}: lower num_workers or batch_size if memory "
            "is short; num_workers=0 shows an error where it arises"
        ) from error
