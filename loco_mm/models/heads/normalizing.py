"""Normalizers of losses."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor


@torch.no_grad()
def mean_over_processes(counts: Tensor) -> Tensor:
    """Numbers of things of a process, on average: gradients are averaged, too.

    Args:
        counts: (...) of this process.
    """
    found = counts.to(torch.float32, copy=True)
    all_reduce(found, "mean")
    return found


@torch.no_grad()
def update_num_pos(running: Tensor, num_pos: Tensor, momentum: float) -> None:
    """Move the running number of positives, a buffer, towards that of a batch, at least 1.

    The batch's number is a mean over processes: the running one starts at so many a process, and
    the gradients, averaged over processes, are those of one process with the joint batch that
    starts at that many times their number.

    Args:
        running: () running number, changed in place.
        num_pos: () positives of this process's batch.
        momentum: Weight of the old running number.
    """
    count = mean_over_processes(num_pos)
    running.copy_(momentum * running + (1 - momentum) * count.clamp(min=1))
