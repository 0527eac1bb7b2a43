"""The datasets of a run's loaders, and the processes that read them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch.utils.data import Dataset

from ..errors import InputError
from ..text import first_line


def inner_datasets(dataset) -> Iterator:
    """The datasets inside wrappers such as ``ConcatDataset``, or the dataset itself."""
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    if inner == [None]:
        yield dataset
    else:
        for part in inner:
            yield from inner_datasets(part)


class NumberedDataset(Dataset):
    """A wrapper such as ``RepeatDataset``, whose samples draw their augmentation by its indices.

    A sample that the wrapper repeats is then augmented anew each time.

    Args:
        dataset: The wrapper.
        seeded: The datasets inside that draw by a number, see
            :attr:`BaseAVDataset.draw_number`.
    """

    def __init__(self, dataset: Any, seeded: Sequence[Any]):
        self.dataset = dataset
        self.seeded = seeded

    @classmethod
    def around(cls, dataset: Any) -> Any:
        """A wrapper in one of these; a dataset that sees to it itself, as it is."""
        if hasattr(dataset, "set_randomness"):
            return dataset
        seeded = [d for d in inner_datasets(dataset) if hasattr(d, "set_randomness")]
        return cls(dataset, seeded) if seeded else dataset

    @property
    def metainfo(self) -> dict:
        """The wrapper's."""
        return self.dataset.metainfo

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        for dataset in self.seeded:
            dataset.draw_number = index
        return self.dataset[index]


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
