"""Normalizers of losses."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor


@torch.no_grad()
def mean_over_processes(counts: Tensor) -> Tensor:
    """Mean of counts over all processes, as gradients are averaged as well.

    Args:
        counts: (...) counts of this process.
    """
    found = counts.to(torch.float32, copy=True)
    all_reduce(found, "mean")
    return found


@torch.no_grad()
def update_num_pos(running: Tensor, num_pos: Tensor, momentum: float) -> None:
    """Update the running number of positives, a buffer, by that of a batch, at least 1.

    Both are means over processes. With gradients averaged over processes, several processes with
    initial value n thus equal one process with the joint batch whose initial value is n times their
    number.

    Args:
        running: () running number, updated in place.
        num_pos: () number of positives in this process's batch.
        momentum: Weight of the old running number.
    """
    count = mean_over_processes(num_pos)
    running.copy_(momentum * running + (1 - momentum) * count.clamp(min=1))
