"""Errors of data loader workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import InputError
from ..text import first_line


@contextmanager
def report_dead_workers(split: str, training: Any = None) -> Iterator[None]:
    """Add the loader's config key to the error of a worker that died (no memory, or a crash).

    Args:
        split: Split of the loader, as in its config key.
        training: The model, if the split depends on its mode: ``'train'`` in training mode.

    Raises:
        InputError: A worker died; torch's message with the config key.
    """
    try:
        yield
    except RuntimeError as error:
        # torch has no error class for this; the cause, if there is one, names the signal.
        messages = [first_line(e).strip() for e in (error.__cause__ or error, error)]
        message = next((text for text in messages if "DataLoader worker" in text), None)
        if message is None:
            raise
        if training is not None and training.training:
            split = "train"
        raise InputError(
            f"{split}_dataloader: {message.rstrip('.')}: lower num_workers or batch_size if memory "
            "is short; num_workers=0 shows the original error"
        ) from error
