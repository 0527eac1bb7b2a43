"""The audio-visual interaction of CMRAN (Xu et al., MM 2020).

Shape letters: B batch, T steps, D channels.
"""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, InitCfg, ShareBelowOne, checked
from ...registry import MODELS
from ..layers import attend, check_heads


class ProductAttention(nn.Module):
    """The product of both streams asks both.

    Args:
        dim (int): Channels D.
        num_heads (int): Attention heads.
        attention_dropout (float): On the attention's weights.
        dropout (float): On what it gives.
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
        """(B, T, D) of two streams (B, T, D) with mask (B, T), 0 on padding."""
        product = one * other
        memory = torch.cat([other, one], dim=1)
        attended = attend(self.attention, product, memory, torch.cat([mask, mask], dim=1))
        return self.norm(product + self.drop(attended)) * mask[..., None]


@MODELS.register_module()
class RelationFusion(BaseModule):
    """The product of both streams, and what it finds in both.

    Args:
        dim (int): Channels D of a stream, and of the level.
        num_heads (int): Attention heads.
        dropout (float): On the attention's weights, and on what it gives.
    """

    strides = (1,)

    @checked
    def __init__(
        self,
        dim: Count,
        num_heads: Count = 4,
        dropout: ShareBelowOne = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.out_channels = dim
        self.fuse = ProductAttention(dim, num_heads, dropout, dropout)

    def forward(
        self, visual: Tensor, audio: Tensor, mask: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Fuse.

        Args:
            visual, audio (Tensor): (B, T, D), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            tuple: one level (B, T, D), 0 on padding, and its mask.
        """
        return [self.fuse(visual, audio, mask)], [mask]
