"""The unimodal encoder of LoCo.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, Index, InitCfg, ShareBelowOne, checked
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import AttentionBlock, SinusoidPosition, TemporalConv, check_channels


class _ModalityEncoder(nn.Module):
    """Embedding, position encoding and self-attention of one modality."""

    def __init__(
        self,
        in_channels: int,
        dim: int,
        num_heads: int,
        num_layers: int,
        max_len: int,
        drop_path: float,
    ):
        super().__init__()
        self.embed = nn.ModuleList(
            [TemporalConv(in_channels, dim, bias=False), TemporalConv(dim, dim, bias=False)]
        )
        self.embed_norm = nn.ModuleList([nn.LayerNorm(dim), nn.LayerNorm(dim)])
        self.position = SinusoidPosition(dim, max_len)
        self.blocks = nn.ModuleList(
            AttentionBlock(dim, num_heads, drop_path=drop_path) for _ in range(num_layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        keep = mask[..., None].to(x.dtype)
        for conv, norm in zip(self.embed, self.embed_norm, strict=True):
            x = F.relu(norm(conv(x))) * keep
        x = (x + self.position(mask)) * keep
        for block in self.blocks:
            x, _, _ = block(query=x, context=x, mask=mask)
        return x


@MODELS.register_module()
class UnimodalEncoder(BaseModule):
    """Encodes visual and audio features, each by itself.

    Args:
        visual_dim (int): Channels Dv of the visual features.
        audio_dim (int): Channels Da of the audio features.
        spec (FeatureSpec): Of the streams that it gives: their width D, and the steps that the
            position encoding has; longer sequences stretch it.
        num_heads (int): Attention heads.
        num_layers (int): Self-attention blocks L_u a modality.
        drop_path (float): Stochastic depth.
    """

    @checked
    def __init__(
        self,
        visual_dim: Count,
        audio_dim: Count,
        spec: FeatureSpec,
        num_heads: Count = 4,
        num_layers: Index = 2,
        drop_path: ShareBelowOne = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        shared = (spec.channels, num_heads, num_layers, spec.max_len, drop_path)
        self.visual = _ModalityEncoder(visual_dim, *shared)
        self.audio = _ModalityEncoder(audio_dim, *shared)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual (Tensor): (B, T, Dv), 0 on padding.
            audio (Tensor): (B, T, Da), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: ``visual`` and ``audio`` (B, T, D), 0 on padding.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        return dict(visual=self.visual(visual, mask), audio=self.audio(audio, mask))
