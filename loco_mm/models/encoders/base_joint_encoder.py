"""Base class of encoders that read the features of both modalities as one stream.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

from abc import ABCMeta, abstractmethod

import torch
from mmengine.model import BaseModule
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor

from ...arguments import InitCfg, checked
from ...structures import ModalityChoice, chosen_modalities
from ..layers import GaussianNoise, check_channels


class BaseJointEncoder(BaseModule, metaclass=ABCMeta):
    """Concatenates visual and audio features along channels; subclasses encode the result.

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        modalities: The features to use: ``'both'`` (visual channels first), ``'visual'`` or
            ``'audio'``.
        noise: Standard deviation of noise that is added to the features in training.

    Attributes:
        in_channels (int): Number of channels of the features that are used.
        stride (int): Grid steps per step of the stream; 1 unless a subclass sets it.
    """

    stride = 1

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        modalities: ModalityChoice = "both",
        noise: NonNegativeFloat = 0.0,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.read = chosen_modalities(modalities)
        self.in_channels = sum(self.channels[name] for name in self.read)
        self.noise = GaussianNoise(noise) if noise else None

    @abstractmethod
    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """Features (B, T, C), 0 on padding, with mask (B, T) to (B, T / stride, D)."""

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual: (B, T, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: ``joint`` (B, T / stride, D), 0 on padding.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        streams = dict(visual=visual, audio=audio)
        check_channels("encoder", streams, self.channels)
        x = torch.cat([streams[n] for n in self.read], dim=-1)
        if self.noise is not None:
            x = self.noise(x) * mask[..., None]
        return dict(joint=self.encode(x, mask))
