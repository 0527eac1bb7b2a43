"""What models hand from part to part, and the sizes that parts are built from.

Shape letters: B batch, T steps, D channels of a stream, L levels, C channels of the levels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass(frozen=True)
class FeatureSpec:
    """Sizes of features, from which the part that reads or gives them is built.

    Attributes:
        channels: Channels of a stream, or of each level.
        strides: Stride of each level, in grid steps, fine to coarse.
        max_len: Grid steps T of a full training sequence.
    """

    channels: int
    strides: tuple[int, ...]
    max_len: int


@dataclass(frozen=True, eq=False)
class Features:
    """What heads and training losses read.

    Attributes:
        streams: What the encoder gives, by name: ``'visual'`` and
            ``'audio'`` (B, T, D), or one stream, and whatever else it adds. Of an encoder with a
            stride, (B, T / stride, D).
        mask: (B, T) bool, True = valid, in grid steps.
        levels: L levels (B, T / stride, C), fine to coarse; 0 on padding.
        level_masks: L masks (B, T / stride).
        figures: () each, what parts tell the log of a training step.
    """

    streams: Mapping[str, Tensor]
    mask: Tensor
    levels: Sequence[Tensor] = ()
    level_masks: Sequence[Tensor] = ()
    figures: Mapping[str, Tensor] = field(default_factory=dict)


class Levels(NamedTuple):
    """What a pyramid gives.

    Attributes:
        features: L levels (B, T / stride, C), fine to coarse; 0 on padding.
        masks: L masks (B, T / stride).
        figures: () each, for the log.
    """

    features: Sequence[Tensor]
    masks: Sequence[Tensor]
    figures: Mapping[str, Tensor] = {}


def mean_figures(parts: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Means of what parts tell the log, by name."""
    by_name: dict[str, list[Tensor]] = {}
    for figures in parts:
        for name, value in figures.items():
            by_name.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in by_name.items()}
