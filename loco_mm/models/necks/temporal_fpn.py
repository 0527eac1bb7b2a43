"""The feature pyramid network of ActionFormer.

Shape letters: B batch, T steps of a level, C channels, L levels.
"""

from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import DepthwiseConv


@MODELS.register_module()
class TemporalFPN(BaseModule):
    """Adds coarse levels to fine ones (Lin et al., CVPR 2017), in ActionFormer's form.

    Each level has a linear layer; from coarse to fine, each level is upsampled and added to the
    next finer one; each level has a depthwise convolution and a LayerNorm.

    Args:
        spec: Sizes of the levels: their channels C, and their number.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        self.out_spec = spec
        channels, levels = spec.channels, range(len(spec.strides))
        self.laterals = nn.ModuleList(nn.Linear(channels, channels, bias=False) for _ in levels)
        self.convs = nn.ModuleList(DepthwiseConv(channels) for _ in levels)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in levels)

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        """L levels (B, T, C) with masks (B, T) to the same shapes, 0 on padding."""
        keep = [mask[..., None].to(x.dtype) for x, mask in zip(features, masks, strict=True)]
        above: Tensor | None = None
        found = []
        for level in reversed(range(len(features))):
            x = self.laterals[level](features[level])
            if above is not None:
                # The last step of the coarser level may cover a padded step here.
                x = (x + above.repeat_interleave(2, dim=1)) * keep[level]
            above = x
            found.append(self.norms[level](self.convs[level](x)) * keep[level])
        return found[::-1]
