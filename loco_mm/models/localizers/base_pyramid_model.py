"""The wiring of models with a pyramid.

Shape letters: B batch, T grid steps, D model width, L levels, C channels of the levels.
"""

from abc import abstractmethod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...arguments import Count, InitCfg, Part, checked
from ...registry import MODELS, build_part
from .base_av_model import BaseAVModel


class AVFeatures(NamedTuple):
    """What is between the features and the heads.

    Attributes:
        visual (Tensor): (B, T, D) encoded visual stream, which the modulator reads.
        audio (Tensor): (B, T, D) encoded audio stream.
        mask (Tensor): (B, T) bool, True = valid.
        levels (list[Tensor]): L levels (B, T / stride, C).
        level_masks (list[Tensor]): L masks (B, T / stride).
        extras (tuple[Tensor, ...]): What else the encoder gave, for auxiliary losses.
    """

    visual: Tensor
    audio: Tensor
    mask: Tensor
    levels: list[Tensor]
    level_masks: list[Tensor]
    extras: tuple[Tensor, ...] = ()


class BasePyramidModel(BaseAVModel):
    """encoder -> modulator (training, optional) -> pyramid -> neck (optional) -> head.

    Values that slots share are derived here, and given to a part whose constructor has such an
    argument: ``max_len``, ``dim``, and with the pyramid built, its ``strides`` and, as
    ``in_channels``, the channels of what comes before (``out_channels``).

    Args:
        max_len (int): Grid steps T of a full training sequence.
        dim (int): Model width D.
        encoder (dict): Config of the encoder.
        pyramid (dict): Config of the pyramid.
        head (dict): Config of the head.
        modulator (dict | None): Config of a training loss on the encoded streams.
        neck (dict | None): Config of what levels pass before the head.
        auxiliary (dict): By name, configs of further training losses. Each is called with
            :class:`AVFeatures` and the samples, and gives a loss (), weighted, which the log has
            as ``loss_`` and that name.
        data_preprocessor (dict | None): Config of the preprocessor.
    """

    @checked
    def __init__(
        self,
        max_len: Count,
        dim: Count,
        encoder: Part,
        pyramid: Part,
        head: Part,
        modulator: Part | None = None,
        neck: Part | None = None,
        auxiliary: dict[str, Part] | None = None,
        data_preprocessor: Part | None = None,
        init_cfg: InitCfg = None,
    ):
        built_pyramid = build_part(MODELS, pyramid, max_len=max_len, dim=dim)
        super().__init__(max_len, built_pyramid.strides[-1], data_preprocessor, init_cfg)
        shared = dict(max_len=max_len, dim=dim, strides=built_pyramid.strides)
        self.encoder = build_part(MODELS, encoder, **shared)
        self.modulator = build_part(MODELS, modulator, **shared) if modulator else None
        self.pyramid = built_pyramid
        channels = built_pyramid.out_channels
        self.neck = build_part(MODELS, neck, **shared, in_channels=channels) if neck else None
        if self.neck is not None:
            channels = self.neck.out_channels
        self.head = build_part(MODELS, head, **shared, in_channels=channels)
        shared |= dict(in_channels=channels, num_classes=getattr(self.head, "num_classes", None))
        self.auxiliary = nn.ModuleDict(
            {name: build_part(MODELS, part, **shared) for name, part in (auxiliary or {}).items()}
        )

    def extract_feat(self, inputs: dict[str, Tensor]) -> AVFeatures:
        """Encode both streams and build the levels."""
        mask = inputs["mask"]
        visual, audio, *extras = self.encoder(inputs["visual"], inputs["audio"], mask)
        levels, level_masks = self.pyramid(visual, audio, mask)
        if self.neck is not None:
            levels = self.neck(levels, level_masks)
        return AVFeatures(visual, audio, mask, levels, level_masks, tuple(extras))

    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses of head, modulator and auxiliary parts, and figures for the log."""
        return self.losses(self.extract_feat(inputs), data_samples)

    def losses(self, features: AVFeatures, data_samples: list) -> dict[str, Tensor]:
        """The same from features."""
        losses = self.head.loss(features.levels, features.level_masks, data_samples)
        if self.modulator is not None:
            losses.update(self.modulator(features.visual, features.audio, features.mask))
        for name, part in self.auxiliary.items():
            losses[f"loss_{name}"] = part(features, data_samples)
        losses.update(_mean_statistics(self.pyramid))
        return losses

    def predict(self, inputs: dict[str, Tensor], data_samples: list) -> list:
        """The samples with what the head finds."""
        features = self.extract_feat(inputs)
        results = self.head.predict(features.levels, features.level_masks, data_samples)
        for sample, result in zip(data_samples, results, strict=True):
            self.attach(sample, result)
        return data_samples

    @abstractmethod
    def attach(self, sample: Any, result: Any) -> None:
        """Give a sample what the head found in it."""

    def _forward(self, inputs: dict[str, Tensor], data_samples: list | None = None) -> Any:
        """The head's raw predictions."""
        features = self.extract_feat(inputs)
        return self.head(features.levels, features.level_masks)


def _mean_statistics(module: nn.Module) -> dict[str, Tensor]:
    """For the log: means of the figures that parts keep of a forward pass, by name."""
    kept: dict[str, list[Tensor]] = {}
    for part in module.modules():
        for name, value in getattr(part, "statistics", {}).items():
            kept.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in kept.items()}
