"""Data that the components of a model exchange, and the sizes they are built with.

Shape letters: B batch, T steps, D channels of a stream, L levels, C channels of the levels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass(frozen=True)
class FeatureSpec:
    """Sizes of features, with which the component that reads or computes them is built.

    Attributes:
        channels: Number of channels of a stream, or of each level.
        strides: Stride of each level in grid steps, fine to coarse.
        max_len: Grid steps T of a full training sequence.
    """

    channels: int
    strides: tuple[int, ...]
    max_len: int


@dataclass(frozen=True, eq=False)
class Features:
    """Input of heads and auxiliary losses.

    Attributes:
        streams: Output of the encoder by name: ``'visual'`` and ``'audio'`` (B, T, D), or one
            stream, and any others that it adds; (B, T / stride, D) if the encoder has a stride.
        mask: (B, T) bool, True = valid, in grid steps.
        levels: L levels (B, T / stride, C), fine to coarse; 0 on padding.
        level_masks: L masks (B, T / stride).
        figures: () each, values that components log in a training step.
    """

    streams: Mapping[str, Tensor]
    mask: Tensor
    levels: Sequence[Tensor] = ()
    level_masks: Sequence[Tensor] = ()
    figures: Mapping[str, Tensor] = field(default_factory=dict)


class Levels(NamedTuple):
    """Output of a pyramid.

    Attributes:
        features: L levels (B, T / stride, C), fine to coarse; 0 on padding.
        masks: L masks (B, T / stride).
        figures: () each, values to log.
    """

    features: Sequence[Tensor]
    masks: Sequence[Tensor]
    figures: Mapping[str, Tensor] = {}


def mean_figures(parts: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Mean over components of the values that they log, by name."""
    by_name: dict[str, list[Tensor]] = {}
    for figures in parts:
        for name, value in figures.items():
            by_name.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in by_name.items()}
