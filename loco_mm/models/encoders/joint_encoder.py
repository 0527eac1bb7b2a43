"""The encoder of systems that read one stream of concatenated features.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from ...arguments import Count, Index, InitCfg, Part, ShareBelowOne, Weight, checked
from ...registry import MODELS
from ...structures import ModalityChoice, chosen_modalities
from ..features import FeatureSpec
from ..layers import GaussianNoise, check_channels
from .stream_encoder import StreamEncoder


@MODELS.register_module()
class JointEncoder(BaseModule):
    """Encodes visual and audio features, joined along their channels, as one stream.

    With ``attention=dict(type='WindowAttention', adaptive=False, window_size=...)`` it is embedding
    and stem of ActionFormer (Zhang et al., ECCV 2022).

    Args:
        visual_dim (int): Channels Dv of the visual features.
        audio_dim (int): Channels Da of the audio features.
        spec (FeatureSpec): Of the stream that it gives: its width D, and the steps that the
            position encoding has; longer sequences stretch it.
        modalities (str): What is read: ``'both'``, visual channels first, ``'visual'`` or
            ``'audio'``.
        num_heads (int): Attention heads.
        num_layers (int): Blocks.
        position (bool): Whether a position encoding is added.
        block (dict | None): Config of a block, by default :class:`AttentionBlock`, see
            :func:`build_block`.
        attention (dict | None): Config of the attention, by default :class:`GlobalAttention`.
        drop_path (float): Stochastic depth.
        noise (float): Standard deviation of what is added to the features in training.
    """

    @checked
    def __init__(
        self,
        visual_dim: Count,
        audio_dim: Count,
        spec: FeatureSpec,
        modalities: ModalityChoice = "both",
        num_heads: Count = 4,
        num_layers: Index = 2,
        position: bool = False,
        block: Part | None = None,
        attention: Part | None = None,
        drop_path: ShareBelowOne = 0.1,
        noise: Weight = 0.0,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.read = chosen_modalities(modalities)
        self.noise = GaussianNoise(noise) if noise else None
        self.joint = StreamEncoder(
            sum(self.channels[name] for name in self.read),
            spec,
            num_heads,
            num_layers,
            drop_path,
            position=position,
            block=block,
            attention=attention,
        )

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual (Tensor): (B, T, Dv), 0 on padding.
            audio (Tensor): (B, T, Da), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: ``joint`` (B, T, D), 0 on padding.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        streams = dict(visual=visual, audio=audio)
        check_channels("encoder", streams, self.channels)
        x = torch.cat([streams[n] for n in self.read], dim=-1)
        if self.noise is not None:
            x = self.noise(x) * mask[..., None]
        return dict(joint=self.joint(x, mask))
