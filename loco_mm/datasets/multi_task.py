"""Datasets of several tasks in one training, with batches of one task each."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import torch
from pydantic import PositiveInt
from torch.utils.data import ConcatDataset, Sampler

from ..arguments import Part, checked
from ..errors import InputError
from ..registry import DATA_SAMPLERS, DATASETS, build_part
from .wrappers import number_draws


@DATASETS.register_module()
class MultiTaskDataset(ConcatDataset):
    """Concatenation of one dataset per task. Samples contain the name of their task.

    The metainfo is that of the first dataset, plus ``tasks``: the metainfo of each by name.

    Args:
        datasets: Config of a dataset by task name, in the order of the model's tasks.
    """

    datasets: list[Any]

    @checked
    def __init__(self, datasets: dict[str, Part]):
        if not datasets:
            raise InputError("MultiTaskDataset.datasets: expected one dataset per task, got {}")
        super().__init__(
            [build_part(DATASETS, part, f"datasets.{name}") for name, part in datasets.items()]
        )
        self.tasks = tuple(datasets)

    @property
    def metainfo(self) -> dict:
        """Metainfo of the first dataset, plus ``tasks``."""
        every = {
            name: dataset.metainfo for name, dataset in zip(self.tasks, self.datasets, strict=True)
        }
        return {**self.datasets[0].metainfo, "tasks": every}

    def task_of(self, index: int) -> str:
        """Task name of a sample. Indices are taken modulo the length."""
        return self.tasks[bisect_right(self.cumulative_sizes, index % len(self))]

    def __getitem__(self, index: int) -> dict:
        number_draws(self, index)
        packed = super().__getitem__(index % len(self))
        packed["data_samples"].set_metainfo(dict(task=self.task_of(index)))
        return packed


@DATA_SAMPLERS.register_module()
class TaskBatchSampler(Sampler):
    """Yields batches of one task each.

    In training, tasks alternate. The number of rounds in an epoch is the number of full batches of
    the largest dataset; smaller ones are repeated, in a new order each time. A repeated sample has
    another index (increased by multiples of the total length), so that its augmentation differs. In
    testing, each sample occurs once, in order.

    Source: UniAV (Geng et al., arXiv 2404.03179), which makes one step per task in turn.

    Args:
        sampler (DefaultSampler): Sampler of a :class:`MultiTaskDataset`; it determines shuffling
            and the distribution over processes.
        batch_size: Number of samples per batch.

    Raises:
        InputError: The dataset is not a :class:`MultiTaskDataset`, or one of its datasets has
            fewer samples than a batch.
    """

    @checked
    def __init__(self, sampler: Any, batch_size: PositiveInt):
        self.sampler, self.batch_size = sampler, batch_size
        self.dataset = sampler.dataset
        if not isinstance(self.dataset, MultiTaskDataset):
            raise InputError(
                "TaskBatchSampler: expected a MultiTaskDataset, got a "
                f"{type(self.dataset).__name__}"
            )
        self.in_order = [] if sampler.shuffle else self._in_order()
        whole = batch_size * sampler.world_size
        self.num_batches = [len(every) // whole for every in self.dataset.datasets]
        for task, number in zip(self.dataset.tasks, self.num_batches, strict=True):
            if sampler.shuffle and not number:
                raise InputError(
                    f"train_dataloader.batch_size: expected at most the samples of {task}, got "
                    f"{batch_size} in {sampler.world_size} processes"
                )

    def __len__(self) -> int:
        if self.sampler.shuffle:
            return len(self.num_batches) * max(self.num_batches)
        return len(self.in_order)

    def __iter__(self) -> Iterator[list[int]]:
        if not self.sampler.shuffle:
            yield from self.in_order
            return
        every = [self._endless(number) for number in range(len(self.num_batches))]
        for _ in range(max(self.num_batches)):
            for batches in every:
                yield next(batches)

    def _in_order(self) -> list[list[int]]:
        """Batches for testing, in a fixed order."""
        runs = [list(run) for _, run in groupby(self.sampler, self.dataset.task_of)]
        size = self.batch_size
        return [run[first : first + size] for run in runs for first in range(0, len(run), size)]

    def _endless(self, number: int) -> Iterator[list[int]]:
        """Endless batches of a task, shuffled before each pass."""
        sampler, count = self.sampler, len(self.dataset.datasets[number])
        start = self.dataset.cumulative_sizes[number] - count
        generator = torch.Generator().manual_seed(sampler.seed + sampler.epoch)
        passes = 0
        while True:
            order = start + torch.randperm(count, generator=generator)
            own = order[sampler.rank :: sampler.world_size] + passes * len(self.dataset)
            for batch in own[: self.num_batches[number] * self.batch_size].split(self.batch_size):
                yield batch.tolist()
            passes += 1
