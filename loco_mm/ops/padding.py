"""Sequences of several lengths as one batch."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence


def padded(sequences: Sequence[Tensor], steps: int) -> Tensor:
    """(B, steps, ...) of B sequences (T_i, ...) of at most so many steps, zero on padding."""
    batch = pad_sequence(list(sequences), batch_first=True)
    others = (0, 0) * (batch.ndim - 2)
    return pad(batch, (*others, 0, steps - batch.shape[1]))
