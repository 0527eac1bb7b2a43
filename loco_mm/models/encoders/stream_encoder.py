"""Embedding, position encoding and blocks of one stream, used by the encoders.

Shape letters: B batch, T steps, D model width, C channels of the features.
"""

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from ..features import FeatureSpec
from ..layers import SinusoidPosition, TemporalConv, build_block


class StreamEncoder(nn.Module):
    """Encodes one stream of features.

    Args:
        channels: Channels C of the features.
        spec: Sizes of its output stream: the width D, and the length of the position encoding.
        num_heads: Attention heads.
        num_layers: Number of blocks.
        drop_path: Stochastic depth.
        position: Whether a position encoding is added.
        block (dict | None): Config of a block, see :func:`build_block`.
        attention (dict | None): Config of the attention; :class:`GlobalAttention` by default.
        query_norm: Whether queries have a separate norm.
    """

    def __init__(
        self,
        channels: int,
        spec: FeatureSpec,
        num_heads: int,
        num_layers: int,
        drop_path: float,
        position: bool = True,
        block: Mapping | None = None,
        attention: Mapping | None = None,
        query_norm: bool = False,
    ):
        super().__init__()
        dim = spec.channels
        self.embed = nn.ModuleList(
            [TemporalConv(channels, dim, bias=False), TemporalConv(dim, dim, bias=False)]
        )
        self.embed_norm = nn.ModuleList([nn.LayerNorm(dim), nn.LayerNorm(dim)])
        self.position = SinusoidPosition(dim, spec.max_len) if position else None
        self.blocks = nn.ModuleList(
            build_block(
                block,
                attention,
                dim=dim,
                num_heads=num_heads,
                max_steps=spec.max_len,
                cross=query_norm,
                drop_path=drop_path,
            )
            for _ in range(num_layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, C), 0 on padding, and mask (B, T) to (B, T, D), 0 on padding."""
        x = self.embed_steps(x, mask)
        for block in self.blocks:
            x, _, _ = block(query=x, context=x, mask=mask)
        return x

    def embed_steps(self, x: Tensor, mask: Tensor) -> Tensor:
        """The input of the first block, (B, T, D)."""
        keep = mask[..., None]
        for conv, norm in zip(self.embed, self.embed_norm, strict=True):
            x = F.relu(norm(conv(x))) * keep
        if self.position is not None:
            x = (x + self.position(mask)) * keep
        return x
