"""The datasets of a run's loaders, and the processes that read them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.runner import BaseLoop, Runner

from ..errors import InputError

# Of torch, raised in the process that waits for them.
_LOST = re.compile(r"DataLoader worker \(pid(?:\(s\))? ([\d, ]+)\) (.*)", re.DOTALL)


def inner_datasets(dataset) -> Iterator:
    """The datasets inside wrappers such as ``ConcatDataset``, or the dataset itself."""
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    if inner == [None]:
        yield dataset
    else:
        for part in inner:
            yield from inner_datasets(part)


@contextmanager
def lost_workers_told(runner: Runner) -> Iterator[None]:
    """Tell which video a loader process was at when it died.

    Raises:
        InputError: A process died: by the system that lacks memory, by a defect in compiled code.
    """
    try:
        yield
    except RuntimeError as error:
        # What tells the signal can be the cause of what tells the loss.
        chain = [error, error.__cause__, error.__context__]
        found = [lost for e in chain if (lost := _LOST.search(str(e)))]
        if not found:
            raise
        lost = next((one for one in found if "signal" in one[2]), found[0])
        processes, end = lost[1], " ".join(lost[2].partition("Details")[0].split()).rstrip(".")
        told = [_last_read(runner, int(process)) for process in processes.split(",")]
        raise InputError(
            f"loader process {processes} {end}; {'; '.join(told)}: look at that file, and at the "
            "memory, which fewer num_workers or a lower batch_size of the loader save; "
            "num_workers=0 shows an error where it arises"
        ) from error


def _last_read(runner: Runner, process: int) -> str:
    for split in ("train", "val", "test"):
        loop = getattr(runner, f"_{split}_loop")
        if not isinstance(loop, BaseLoop):
            continue  # not built yet
        for dataset in inner_datasets(loop.dataloader.dataset):
            video = dataset.last_read(process) if hasattr(dataset, "last_read") else None
            if video is not None:
                place = dataset.features_place
                return f"{split}_dataloader: its last video was {video} of {place}"
    return "it had read no video yet"
