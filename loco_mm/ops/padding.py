"""Batches of sequences of different lengths."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence


def spanned(mask: Tensor) -> Tensor:
    """(B, T) bool, True up to the last valid step of a mask (B, T), including gaps."""
    return mask.flip(1).cumsum(1).flip(1) > 0


def padded(sequences: Sequence[Tensor], steps: int) -> Tensor:
    """Stack B sequences (T_i, ...) as (B, steps, ...), padded with zeros."""
    batch = pad_sequence(list(sequences), batch_first=True)
    others = (0, 0) * (batch.ndim - 2)
    return pad(batch, (*others, 0, steps - batch.shape[1]))
