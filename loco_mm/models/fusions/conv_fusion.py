"""The fusion of LESP (Ge et al., MM 2023).

Shape letters: B batch, T steps, D channels.
"""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, InitCfg, checked
from ...registry import MODELS
from ..layers import TemporalConv


@MODELS.register_module()
class ConvFusion(BaseModule):
    """Two convolutions over both streams side by side, and a LayerNorm.

    Args:
        dim (int): Channels D of a stream, and of the level.
    """

    strides = (1,)

    @checked
    def __init__(self, dim: Count, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        self.out_channels = dim
        self.first = TemporalConv(2 * dim, dim)
        self.second = TemporalConv(dim, dim)
        self.norm = nn.LayerNorm(dim)

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
        keep = mask[..., None]
        x = F.leaky_relu(self.first(torch.cat([visual, audio], dim=-1))) * keep
        return [self.norm(self.second(x)) * keep], [mask]
