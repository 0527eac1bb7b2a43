"""Gathers rows from all processes, with gradients.

Shape letters: M rows of this process, A rows of all processes.
"""

from typing import TypeVar

import torch
import torch.distributed as dist
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

    All processes must have equally many rows, as MMEngine's samplers give them: an exchange of
    their numbers would wait for the device.

    Args:
        rows (NamedTuple): (M, ...) tensors, the first of which is floating-point.

    Returns:
        tuple: The same NamedTuple with (A, ...) tensors, and the number of processes.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return rows, 1
    # A single collective operation for all fields.
    joined = torch.cat([field.reshape(len(field), -1).to(rows[0].dtype) for field in rows], dim=1)
    parts = _GatherWithGradient.apply(joined)
    columns = parts.flatten(0, 1).split([field.shape[1:].numel() for field in rows], dim=1)
    fields = [
        column.reshape(-1, *field.shape[1:]).to(field.dtype)
        for column, field in zip(columns, rows, strict=True)
    ]
    return type(rows)(*fields), len(parts)
