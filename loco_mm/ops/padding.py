"""Batches of sequences of different lengths."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

# Key of the numbers of steps in joined inputs.
LENGTHS = "lengths"


def join_inputs(inputs: Mapping[str, Sequence[Tensor]]) -> dict[str, Any]:
    """Join the features of a batch into one tensor a modality, without padding.

    Args:
        inputs: Features (T_i, ...) of the B samples, by modality.

    Returns:
        dict: The same with tensors (sum of T_i, ...), and ``lengths``: the B values of T_i, by
        modality.
    """
    joined: dict[str, Any] = {name: torch.cat(list(rows)) for name, rows in inputs.items()}
    return {**joined, LENGTHS: {n: [len(x) for x in rows] for n, rows in inputs.items()}}


def random_inputs(
    steps: int, seed: int, cells: Sequence[int], visual_dim: int, audio_dim: int
) -> dict[str, Tensor]:
    """``visual`` (T, Dv), or (T, H, W, Dv) of cells, and ``audio`` (T, Da)."""
    generator = torch.Generator().manual_seed(seed)
    return dict(
        visual=torch.randn(steps, *cells, visual_dim, generator=generator),
        audio=torch.randn(steps, audio_dim, generator=generator),
    )


def spanned(mask: Tensor) -> Tensor:
    """(B, T) bool, True up to the last valid step of a mask (B, T), including gaps."""
    return mask.flip(1).cumsum(1).flip(1) > 0


def padded(sequences: Sequence[Tensor], steps: int, value: float = 0) -> Tensor:
    """Stack B sequences (T_i, ...) as (B, steps, ...), padded with a value."""
    batch = pad_sequence(list(sequences), batch_first=True, padding_value=value)
    others = (0, 0) * (batch.ndim - 2)
    return pad(batch, (*others, 0, steps - batch.shape[1]), value=value)


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """(B, T, ...), padded with zeros or False to a multiple of steps."""
    missing = -x.shape[1] % multiple
    return pad(x, (*(0, 0) * (x.ndim - 2), 0, missing)) if missing else x


def last_valid(mask: Tensor) -> Tensor:
    """(B,) long, index of the last valid step of masks (B, T) without gaps; 0 if there is none."""
    return (mask.sum(1) - 1).clamp(min=0)


def mask_bias(blocked: Tensor, dtype: torch.dtype) -> Tensor:
    """A bias of attention scores: 0, or a large negative number where ``blocked`` (...) bool.

    It is finite, so that a row in which all entries are blocked is not NaN, but arbitrary.
    """
    # Attention adds scores to it, and some kernels multiply it by log2(e).
    return blocked.to(dtype) * (torch.finfo(dtype).min / 4)
