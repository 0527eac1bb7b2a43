"""Batches of alternating tasks."""

from types import SimpleNamespace

import pytest
from mmaction.structures import ActionDataSample
from mmengine.dataset import DefaultSampler
from torch.utils.data import Dataset

from loco_mm.datasets import MultiTaskDataset, TaskBatchSampler
from loco_mm.errors import InputError


class Few(Dataset):
    """Samples that are equal to their indices."""

    def __init__(self, count):
        self.count = count
        self.metainfo = dict(classes=tuple(map(str, range(count))))

    def __len__(self):
        return self.count

    def __getitem__(self, row):
        return dict(inputs=row, data_samples=ActionDataSample())


class Drawing(Few):
    """Samples that are equal to the index that seeds their augmentation."""

    draw_number = None

    def __getitem__(self, row):
        return dict(inputs=self.draw_number, data_samples=ActionDataSample())


class Twice(Few):
    """A wrapper that repeats its samples."""

    def __init__(self, count):
        super().__init__(2 * count)
        self.dataset = Drawing(count)

    def __getitem__(self, row):
        return self.dataset[row % len(self.dataset)]


@pytest.fixture
def dataset():
    sizes = dict(events=20, actions=7, sounds=4)
    return MultiTaskDataset({name: dict(type=Few, count=n) for name, n in sizes.items()})


def tasks_of(dataset, batches):
    """Task of each batch, which must be unique."""
    found = []
    for batch in batches:
        (task,) = {dataset[index]["data_samples"].task for index in batch}
        found.append(task)
    return found


def test_samples_name_their_task(dataset):
    assert len(dataset) == 31
    packed = dataset[20 + 3]
    assert packed["inputs"] == 3 and packed["data_samples"].task == "actions"
    # Indices are taken modulo the length.
    assert dataset[31 + 23]["inputs"] == 3
    assert dataset.metainfo["classes"] == dataset.datasets[0].metainfo["classes"]
    assert list(dataset.metainfo["tasks"]) == ["events", "actions", "sounds"]
    assert len(dataset.metainfo["tasks"]["sounds"]["classes"]) == 4


def test_samples_draw_by_their_index_inside_wrappers_too():
    both = MultiTaskDataset(dict(a=dict(type=Drawing, count=3), b=dict(type=Twice, count=2)))
    assert [both[index]["inputs"] for index in range(14)] == list(range(14))


def test_tasks_take_turns_and_the_largest_says_how_often(dataset):
    sampler = TaskBatchSampler(DefaultSampler(dataset, seed=0), 3)
    batches = list(sampler)
    assert len(batches) == len(sampler) == 3 * (20 // 3)
    assert tasks_of(dataset, batches) == ["events", "actions", "sounds"] * 6
    assert all(len(batch) == 3 for batch in batches)
    events = [index for batch in batches[::3] for index in batch]
    assert len(set(events)) == 18 and set(events) <= set(range(20))
    # Two batches are one pass over actions: six of seven, then again with other indices.
    actions = [index for batch in batches[1::3] for index in batch]
    for number in range(3):
        one = actions[6 * number : 6 * number + 6]
        assert len({index % 31 for index in one}) == 6
        assert {index // 31 for index in one} == {number}
    assert len({index % 31 for index in actions}) == 7


def test_each_epoch_is_shuffled_anew_and_repeatable(dataset):
    inner = DefaultSampler(dataset, seed=0)
    sampler = TaskBatchSampler(inner, 3)
    first = list(sampler)
    assert list(sampler) == first
    inner.set_epoch(1)
    assert list(sampler) != first


def test_processes_share_the_samples_and_the_turns(dataset):
    batches = []
    for rank in range(2):
        inner = DefaultSampler(dataset, seed=0)
        inner.rank, inner.world_size = rank, 2
        batches.append(list(TaskBatchSampler(inner, 2)))
    one, other = batches
    assert tasks_of(dataset, one) == tasks_of(dataset, other) == ["events", "actions", "sounds"] * 5
    for mine, theirs in zip(one, other, strict=True):
        assert not set(mine) & set(theirs)


@pytest.mark.parametrize("size", [3, 40])
def test_in_testing_each_comes_once_in_order(dataset, size):
    sampler = TaskBatchSampler(DefaultSampler(dataset, shuffle=False), size)
    batches = list(sampler)
    assert len(sampler) == len(batches)
    assert [index for batch in batches for index in batch] == list(range(31))
    assert tasks_of(dataset, batches) == (
        ["events", "actions", "sounds"]
        if size == 40
        else ["events"] * 7 + ["actions"] * 3 + ["sounds"] * 2
    )


def test_what_does_not_fit_is_reported(dataset):
    with pytest.raises(
        InputError,
        match=r"train_dataloader\.batch_size: expected at most the samples of sounds, got 5 in 1 "
        r"processes",
    ):
        TaskBatchSampler(DefaultSampler(dataset), 5)
    with pytest.raises(InputError, match="expected a MultiTaskDataset, got a Few"):
        TaskBatchSampler(SimpleNamespace(dataset=Few(3)), 2)
    with pytest.raises(
        InputError, match=r"MultiTaskDataset\.datasets: expected one dataset per task, got \{\}"
    ):
        MultiTaskDataset({})
