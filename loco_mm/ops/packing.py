"""Sequences of different lengths, one after the other in one tensor.

Shape letters: B batch, L sequences, T_l steps of a sequence, P steps of all with gaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def over_spans(values: Tensor, spans: Sequence[int]) -> Tensor:
    """(..., P) from one value (..., L) for each sequence, repeated for its number of steps."""
    parts = zip(values.split(1, -1), spans, strict=True)
    return torch.cat([part.expand(*part.shape[:-1], n) for part, n in parts], -1)


@dataclass(frozen=True)
class Packing:
    """Layout of L sequences with zeros between them, so that convolutions do not mix them.

    Attributes:
        lengths: Number of steps T_l of each sequence.
        gap: Number of steps between two sequences: half the width of the widest convolution.
    """

    lengths: tuple[int, ...]
    gap: int = 1

    @classmethod
    def of(cls, sequences: Sequence[Tensor], gap: int = 1) -> "Packing":
        """The layout of sequences (B, T_l, ...)."""
        return cls(tuple(x.shape[1] for x in sequences), gap)

    @property
    def spans(self) -> list[int]:
        """Number of steps of each sequence with the gap that follows it; their sum is P."""
        return [*(n + self.gap for n in self.lengths[:-1]), self.lengths[-1]]

    def pack(self, sequences: Sequence[Tensor]) -> Tensor:
        """(B, P, ...) from L sequences (B, T_l, ...); zeros or False in gaps."""
        first, *others = sequences
        zeros = first.new_zeros(len(first), self.gap, *first.shape[2:])
        return torch.cat([first, *(part for x in others for part in (zeros, x))], dim=1)

    def unpack(self, packed: Tensor) -> list[Tensor]:
        """L sequences (B, T_l, ...), views of (B, P, ...)."""
        sizes = [size for n in self.lengths for size in (n, self.gap)]
        return list(packed.split(sizes[:-1], dim=1)[::2])
