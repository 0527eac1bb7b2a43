"""Support for dataset wrappers, including the indices that seed augmentation."""

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
    """Set the index that seeds the augmentation of the wrapper's next sample.

    Args:
        dataset: The wrapper; the index is set in each :class:`BaseAVDataset` inside.
        number: Index; it must differ whenever a sample is repeated in an epoch.
    """
    for part in inner_datasets(dataset):
        if hasattr(part, "draw_number"):
            part.draw_number = number


class NumberedDataset(Dataset):
    """A wrapper such as ``RepeatDataset``, with augmentation seeded by the wrapper's indices.

    A repeated sample is thus augmented differently each time.

    Args:
        dataset: The wrapper.
    """

    def __init__(self, dataset: Any):
        self.dataset = dataset

    @property
    def metainfo(self) -> dict:
        """Metainfo of the wrapper."""
        return self.dataset.metainfo

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        number_draws(self.dataset, index)
        return self.dataset[index]
