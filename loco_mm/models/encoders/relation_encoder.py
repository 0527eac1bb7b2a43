"""The encoder of CMRAN: relations within a stream and across streams.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, Index, InitCfg, ShareBelowOne, checked
from ...registry import MODELS
from ..layers import PostNormLayer, check_channels


class _Within(nn.Module):
    """Self-attention of one stream."""

    def __init__(
        self, in_channels: int, dim: int, num_heads: int, num_layers: int, mlp: int, drop: float
    ):
        super().__init__()
        self.embed = nn.Linear(in_channels, dim)
        self.layers = nn.ModuleList(
            PostNormLayer(dim, num_heads, mlp, drop) for _ in range(num_layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.embed(x)
        for layer in self.layers:
            x = layer(x, x, mask)
        return x


class _Across(nn.Module):
    """Attention of one stream to the other, encoded, and to itself: CMRA."""

    def __init__(self, in_channels: int, dim: int, num_heads: int, mlp: int, drop: float):
        super().__init__()
        self.embed = nn.Linear(in_channels, dim)
        self.layer = PostNormLayer(dim, num_heads, mlp, drop)

    def forward(self, x: Tensor, other: Tensor, mask: Tensor) -> Tensor:
        query = self.embed(x)
        memory = torch.cat([other, query], dim=1)
        return self.layer(query, memory, torch.cat([mask, mask], dim=1))


@MODELS.register_module()
class RelationEncoder(BaseModule):
    """Each stream asks the other one, encoded, and itself.

    The queries are the features as they came, not as they were encoded.

    Source: Xu et al., MM 2020, cross-modal relation attention.

    Args:
        visual_dim (int): Channels Dv of the visual features.
        audio_dim (int): Channels Da of the audio features.
        dim (int): Width D of each stream.
        num_heads (int): Attention heads.
        num_layers (int): Self-attention layers of what is asked.
        within_channels (int): Hidden width of the MLPs of self-attention.
        across_channels (int): That of attention across streams.
        dropout (float): In all layers.
    """

    @checked
    def __init__(
        self,
        visual_dim: Count,
        audio_dim: Count,
        dim: Count = 256,
        num_heads: Count = 4,
        num_layers: Index = 2,
        within_channels: Count = 2048,
        across_channels: Count = 2048,
        dropout: ShareBelowOne = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        within = (dim, num_heads, num_layers, within_channels, dropout)
        across = (dim, num_heads, across_channels, dropout)
        self.visual_within = _Within(visual_dim, *within)
        self.audio_within = _Within(audio_dim, *within)
        self.visual_across = _Across(visual_dim, *across)
        self.audio_across = _Across(audio_dim, *across)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Encode a batch.

        Args:
            visual (Tensor): (B, T, Dv), 0 on padding.
            audio (Tensor): (B, T, Da), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: visual and audio (B, T, D), 0 on padding.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        asked = self.visual_within(visual, mask), self.audio_within(audio, mask)
        keep = mask[..., None]
        return (
            self.visual_across(visual, asked[1], mask) * keep,
            self.audio_across(audio, asked[0], mask) * keep,
        )
