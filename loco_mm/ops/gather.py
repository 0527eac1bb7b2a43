"""Gathers rows from all processes, with gradients.

Shape letters: M rows of this process, A rows of all processes.
"""

from typing import TypeVar

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

Rows = TypeVar("Rows", bound=tuple)


class _GatherWithGradient(torch.autograd.Function):
    """Stacks tensors of equal shape from all processes; gradients are summed over processes."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, x.contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous()
        dist.all_reduce(gradient)
        return gradient[dist.get_rank()]


def gather_rows(rows: Rows) -> tuple[Rows, int]:
    """Concatenate the rows of all processes, in the order of their ranks.

    Args:
        rows (NamedTuple): (M, ...) float tensors; M may differ between processes.

    Returns:
        tuple: The same NamedTuple with (A, ...) tensors, and the number of processes.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return rows, 1
    size = torch.tensor([len(rows[0])], device=rows[0].device)
    sizes = [torch.empty_like(size) for _ in range(dist.get_world_size())]
    dist.all_gather(sizes, size)
    counts = [int(n) for n in sizes]
    # Padded to equal shapes, so that a single collective operation suffices.
    joined = torch.cat([field.reshape(len(field), -1) for field in rows], dim=1)
    padded = F.pad(joined, (0, 0, 0, max(counts) - len(joined)))
    parts = _GatherWithGradient.apply(padded)
    stacked = torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])
    columns = stacked.split([field.shape[1:].numel() for field in rows], dim=1)
    fields = [
        column.reshape(-1, *field.shape[1:]) for column, field in zip(columns, rows, strict=True)
    ]
    return type(rows)(*fields), len(counts)
