"""Several data sets of several tasks, and the batches of each."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import Dataset, Sampler

from ..arguments import Count, Part, checked
from ..errors import InputError
from ..registry import DATA_SAMPLERS, DATASETS


@DATASETS.register_module()
class MultiTaskDataset(Dataset):
    """Data sets one after another, whose samples name the task that they are of.

    Its metainfo is that of the first, and ``tasks``: of each, by name.

    Args:
        datasets (dict): Config of a data set by name of the task, the model's first task first.
    """

    @checked
    def __init__(self, datasets: dict[str, Part]):
        if not datasets:
            raise InputError("MultiTaskDataset.datasets: {} found, a data set a task expected")
        self.tasks = tuple(datasets)
        self.datasets = [DATASETS.build(config) for config in datasets.values()]
        first = 0
        self.ranges = []
        for dataset in self.datasets:
            self.ranges.append(range(first, first + len(dataset)))
            first += len(dataset)

    @property
    def metainfo(self) -> dict:
        """Metainfo of the first, and ``tasks``."""
        every = {
            name: dataset.metainfo for name, dataset in zip(self.tasks, self.datasets, strict=True)
        }
        return {**self.datasets[0].metainfo, "tasks": every}

    def __len__(self) -> int:
        return self.ranges[-1].stop

    def place(self, index: int) -> tuple[int, int]:
        """Number of the data set, and of the sample in it. Indices beyond the end begin anew."""
        index %= len(self)
        number = next(n for n, every in enumerate(self.ranges) if index in every)
        return number, index - self.ranges[number].start

    def __getitem__(self, index: int) -> dict:
        number, row = self.place(index)
        packed = self.datasets[number][row]
        packed["data_samples"].set_metainfo(dict(task=self.tasks[number]))
        return packed


@DATA_SAMPLERS.register_module()
class TaskBatchSampler(Sampler):
    """Batches of one task each.

    In training the tasks take turns, and an epoch has as many turns as the largest data set fills
    whole batches; smaller ones begin anew, shuffled anew. A sample that comes again has an index of
    its own (higher by the length of all), so that it is augmented anew. In testing each sample
    comes once, in its order.

    Source: UniAV (Geng et al., arXiv 2404.03179) makes a step for each task in turn.

    Args:
        sampler (DefaultSampler): Of a :class:`MultiTaskDataset`; it says whether to shuffle, and
            the shares of processes.
        batch_size (int): Samples of a batch.

    Raises:
        InputError: The data set is another, or one of its own fills no batch.
    """

    @checked
    def __init__(self, sampler: Any, batch_size: Count):
        self.sampler, self.batch_size = sampler, batch_size
        self.dataset = sampler.dataset
        if not isinstance(self.dataset, MultiTaskDataset):
            raise InputError(
                f"TaskBatchSampler: a {type(self.dataset).__name__} found, a MultiTaskDataset "
                "expected"
            )
        whole = batch_size * sampler.world_size
        self.num_batches = [len(every) // whole for every in self.dataset.ranges]
        for task, number in zip(self.dataset.tasks, self.num_batches, strict=True):
            if sampler.shuffle and not number:
                raise InputError(
                    f"train_dataloader.batch_size: {batch_size} in {sampler.world_size} processes "
                    f"found, but {task} has fewer samples than that"
                )

    def __len__(self) -> int:
        if self.sampler.shuffle:
            return len(self.num_batches) * max(self.num_batches)
        return sum(1 for _ in self._in_order())

    def __iter__(self) -> Iterator[list[int]]:
        if not self.sampler.shuffle:
            yield from self._in_order()
            return
        every = [self._endless(number) for number in range(len(self.num_batches))]
        for _ in range(max(self.num_batches)):
            for batches in every:
                yield next(batches)

    def _in_order(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            task = self.dataset.place(index)[0]
            if batch and (len(batch) == self.batch_size or task != self.dataset.place(batch[0])[0]):
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    def _endless(self, number: int) -> Iterator[list[int]]:
        """Batches of a task, shuffled anew for each pass through it."""
        sampler, indices = self.sampler, torch.tensor(self.dataset.ranges[number])
        generator = torch.Generator().manual_seed(sampler.seed + sampler.epoch)
        passes = 0
        while True:
            order = torch.randperm(len(indices), generator=generator)
            own = indices[order][sampler.rank :: sampler.world_size] + passes * len(self.dataset)
            for batch in own[: self.num_batches[number] * self.batch_size].split(self.batch_size):
                yield batch.tolist()
            passes += 1
