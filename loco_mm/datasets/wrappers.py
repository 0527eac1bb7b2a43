"""Datasets that wrap others, and the numbers by which samples draw their augmentation."""

from collections.abc import Iterator
from typing import Any

from torch.utils.data import Dataset


def inner_datasets(dataset: Any) -> Iterator:
    """The datasets inside wrappers such as ``ConcatDataset``, or the dataset itself."""
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    if inner == [None]:
        yield dataset
    else:
        for part in inner:
            yield from inner_datasets(part)


def number_draws(dataset: Any, number: int) -> None:
    """Say which number the next sample of a wrapper draws its augmentation by.

    Args:
        dataset: The wrapper; it reaches what has a :attr:`BaseAVDataset.draw_number` inside.
        number: Another one for each time that a sample is repeated in an epoch.
    """
    for part in inner_datasets(dataset):
        if hasattr(part, "draw_number"):
            part.draw_number = number


class NumberedDataset(Dataset):
    """A wrapper such as ``RepeatDataset``, whose samples draw by its own indices.

    A sample that the wrapper repeats is then augmented anew each time.

    Args:
        dataset: The wrapper.
    """

    def __init__(self, dataset: Any):
        self.dataset = dataset

    @property
    def metainfo(self) -> dict:
        """The wrapper's."""
        return self.dataset.metainfo

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        number_draws(self.dataset, index)
        return self.dataset[index]
