"""Sequences of several lengths as one batch."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence


def spanned(mask: Tensor) -> Tensor:
    """(B, T) bool, True up to the last valid step of a mask (B, T), gaps included."""
    return mask.flip(1).cumsum(1).flip(1) > 0


def padded(sequences: Sequence[Tensor], steps: int) -> Tensor:
    """(B, steps, ...) of B sequences (T_i, ...) of at most so many steps, zero on padding."""
    batch = pad_sequence(list(sequences), batch_first=True)
    others = (0, 0) * (batch.ndim - 2)
    return pad(batch, (*others, 0, steps - batch.shape[1]))
