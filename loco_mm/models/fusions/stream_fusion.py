"""Two streams as one.

Shape letters: B batch, T steps, D channels of a stream, C of the level.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from ...arguments import Count, InitCfg, checked
from ...registry import MODELS


@MODELS.register_module()
class StreamFusion(BaseModule):
    """Streams side by side, or their mean.

    Args:
        dim (int): Channels D of a stream.
        mode (str): ``'cat'``: C = 2D, visual channels first. ``'mean'``: C = D.
        activate (bool): Whether a ReLU follows.
    """

    strides = (1,)

    @checked
    def __init__(
        self,
        dim: Count,
        mode: Literal["cat", "mean"] = "cat",
        activate: bool = False,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.mode = mode
        self.activate = activate
        self.out_channels = 2 * dim if mode == "cat" else dim

    def forward(
        self, visual: Tensor, audio: Tensor, mask: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Fuse.

        Args:
            visual, audio (Tensor): (B, T, D), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            tuple: one level (B, T, C), 0 on padding, and its mask.
        """
        fused = (visual + audio) / 2 if self.mode == "mean" else torch.cat([visual, audio], -1)
        return [F.relu(fused) if self.activate else fused], [mask]
