"""The fusion decoder of LoCo.

Shape letters: B batch, T steps of a level, C = 2D channels of both streams.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, Part, checked
from ...ops import Packing
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import AttentionBlock, TemporalConv


@MODELS.register_module()
class FusionDecoder(BaseModule):
    """Fuses the streams of each level by a convolution and self-attention, shared by all levels.

    Args:
        spec: Sizes of the levels: their channels C.
        num_heads: Number of attention heads.
        num_layers: Number of self-attention blocks.
        drop_path: Rate of stochastic depth.
        attention: Config of the self-attention, see :class:`UnimodalEncoder`.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        num_layers: NonNegativeInt = 3,
        drop_path: DropRate = 0.1,
        attention: Part | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.out_spec = spec
        channels = spec.channels
        # Zero steps between packed levels, half the width of the convolutions.
        self.gap = 1
        self.fuse = TemporalConv(channels, channels, bias=False)
        self.fuse_norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(
            AttentionBlock(
                channels,
                num_heads,
                attention=attention,
                max_steps=spec.max_len,
                drop_path=drop_path,
            )
            for _ in range(num_layers)
        )

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        """Fuse the streams of each level.

        Args:
            features: Levels (B, T, C), 0 on padding.
            masks: Masks (B, T) bool, True = valid.

        Returns:
            list[Tensor]: Levels (B, T, C), 0 on padding.
        """
        packing = Packing.of(features, self.gap)
        x, mask = packing.pack(features), packing.pack(masks)
        x = F.relu(self.fuse_norm(self.fuse(x))) * mask[..., None]
        for block in self.blocks:
            x, _, _ = block(query=x, context=x, mask=mask, spans=packing.spans)
        return packing.unpack(x)
