"""The audio-visual interaction of CMRAN (Xu et al., MM 2020).

Shape letters: B batch, T steps, D channels.
"""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec, Levels
from ..layers import attend, check_heads


class ProductAttention(nn.Module):
    """Attention of the product of both streams to both streams.

    Args:
        dim: Channels D.
        num_heads: Number of attention heads.
        attention_dropout: Dropout of the attention weights.
        dropout: Dropout of the output.
    """

    def __init__(
        self, dim: int, num_heads: int, attention_dropout: float = 0.1, dropout: float = 0.1
    ):
        super().__init__()
        check_heads(dim, num_heads)
        self.attention = nn.MultiheadAttention(
            dim, num_heads, dropout=attention_dropout, batch_first=True
        )
        self.norm = nn.LayerNorm(dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, one: Tensor, other: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) from two streams (B, T, D) with mask (B, T), 0 on padding."""
        product = one * other
        memory = torch.cat([other, one], dim=1)
        attended = attend(self.attention, product, memory, torch.cat([mask, mask], dim=1))
        return self.norm(product + self.drop(attended)) * mask[..., None]


@MODELS.register_module()
class RelationFusion(BaseModule):
    """Fuses both streams by attention of their product to both.

    Args:
        spec: Sizes of the streams: their channels D, also those of the level.
        num_heads: Number of attention heads.
        attention_dropout: Dropout of the attention weights.
        dropout: Dropout of the attention's output.
        twice: Whether the audio stream is fused with the result once more, and the level is the
            mean of both (CACE-Net, He et al., MM 2024).
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        attention_dropout: DropRate = 0.1,
        dropout: DropRate = 0.1,
        twice: bool = False,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim = spec.channels
        self.out_spec = FeatureSpec(dim, (1,), spec.max_len)
        self.fuse = ProductAttention(dim, num_heads, attention_dropout, dropout)
        self.fuse_again = None
        if twice:
            self.fuse_again = ProductAttention(dim, num_heads, attention_dropout, dropout)

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Fuse both streams.

        Args:
            streams: ``visual`` and ``audio`` (B, T, D), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: One level (B, T, D), 0 on padding.
        """
        visual, audio = streams["visual"], streams["audio"]
        fused = self.fuse(visual, audio, mask)
        if self.fuse_again is not None:
            fused = (fused + self.fuse_again(audio, fused, mask)) / 2
        return Levels([fused], [mask])
