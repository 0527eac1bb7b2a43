"""Components of UnAV (Geng et al., CVPR 2023): dependencies between the events of classes.

Shape letters: B batch, T steps of a level, D channels of the levels, C classes, H channels per
class.
"""

from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import relu

from ...arguments import DropRate, InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import AttentionBlock, TemporalConv


@MODELS.register_module()
class DependencyBlock(BaseModule):
    """A neck with attention between the steps of a class, and between the classes of a step.

    It computes features for each class, to which two blocks are applied: one over the steps of a
    class, the other over the classes of a step. Their sum is projected to the channels of the
    levels. The block is shared by all levels. As in the published code, the block over classes has
    depthwise convolutions along the class axis: neighbouring classes are mixed, so that the order
    of the classes matters.

    Source: UnAV's temporal and event-event dependency modelling.

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Number of classes C, passed by the model.
        channels: Channels H per class.
        drop_path: Rate of stochastic depth, per class of a video and per step.
        published_masks: Whether to use masks in the order of the published code, in which class c
            of video b has the mask of video (b * C + c) mod B. Videos of different lengths in a
            batch then affect each other. Only weights that were trained this way may need it.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        channels: PositiveInt = 128,
        drop_path: DropRate = 0.1,
        published_masks: bool = False,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.out_spec = spec
        self.num_classes = num_classes
        self.published_masks = published_masks
        self.expand = TemporalConv(spec.channels, channels * num_classes, bias=False)
        self.over_time, self.over_classes = (
            AttentionBlock(channels, 1, cross=True, drop_path=drop_path, mlp_channels=channels)
            for _ in range(2)
        )
        self.squeeze = TemporalConv(channels * num_classes, spec.channels, bias=False)

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        """Levels (B, T, D) with masks (B, T) to the same shapes, 0 on padding."""
        return [self.level(x, mask) for x, mask in zip(features, masks, strict=True)]

    def level(self, x: Tensor, mask: Tensor, added: Tensor | None = None) -> Tensor:
        """Update a level (B, T, D) with mask (B, T), 0 on padding.

        Args:
            x: (B, T, D).
            mask: (B, T) bool, True = valid.
            added: (B, T, C, H), added to the features of the classes.
        """
        batch, classes = len(x), self.num_classes
        keep = mask[..., None].to(x.dtype)
        # (B, T, C, H)
        expanded = relu(self.expand(x) * keep).unflatten(-1, (classes, -1))
        if added is not None:
            expanded = expanded + added
        rows = expanded.transpose(1, 2).flatten(0, 1)
        repeated = mask.repeat_interleave(classes, dim=0)
        if self.published_masks:
            repeated = mask.repeat(classes, 1)
        in_time, _, _ = self.over_time(query=rows, context=rows, mask=repeated)
        steps = expanded.flatten(0, 1)
        everything = mask.new_ones(len(steps), classes)
        among_classes, _, _ = self.over_classes(query=steps, context=steps, mask=everything)
        joined = in_time.unflatten(0, (batch, classes)).transpose(1, 2)
        joined = joined + among_classes.unflatten(0, (batch, -1)) * keep[..., None]
        return self.squeeze(joined.flatten(2)) * keep
