"""The neck of ActionFormer.

Shape letters: B batch, T steps of a level, C channels, L levels.
"""

from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec


@MODELS.register_module()
class LevelNorm(BaseModule):
    """One LayerNorm per level (ActionFormer, Zhang et al., ECCV 2022).

    Args:
        spec: Sizes of the levels: their channels C, and their number.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        self.out_spec = spec
        self.norms = nn.ModuleList(nn.LayerNorm(spec.channels) for _ in spec.strides)

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        """L levels (B, T, C) with masks (B, T) to the same shapes, 0 on padding."""
        return [
            norm(x) * mask[..., None].to(x.dtype)
            for norm, x, mask in zip(self.norms, features, masks, strict=True)
        ]
