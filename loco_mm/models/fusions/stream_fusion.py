"""Fuses two streams by concatenation or averaging.

Shape letters: B batch, T steps, D channels of a stream, C of the level.
"""

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from ...arguments import InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec, Levels


@MODELS.register_module()
class StreamFusion(BaseModule):
    """Concatenates two streams, or averages them.

    Args:
        spec: Sizes of the streams: their channels D.
        mode: ``'cat'``: C = 2D, visual channels first. ``'mean'``: C = D.
        activate: Whether to apply a ReLU afterwards.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        mode: Literal["cat", "mean"] = "cat",
        activate: bool = False,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.mode = mode
        self.activate = activate
        channels = 2 * spec.channels if mode == "cat" else spec.channels
        self.out_spec = FeatureSpec(channels, (1,), spec.max_len)

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Fuse both streams.

        Args:
            streams: ``visual`` and ``audio`` (B, T, D), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: One level (B, T, C), 0 on padding.
        """
        visual, audio = streams["visual"], streams["audio"]
        fused = (visual + audio) / 2 if self.mode == "mean" else torch.cat([visual, audio], -1)
        return Levels([F.relu(fused) if self.activate else fused], [mask])
