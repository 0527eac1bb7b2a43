"""What TriDet (Shi et al., CVPR 2023) alone has: its block, and offsets from bins.

Shape letters: B batch, T steps, C channels, S stride, K classes, N bins of a side.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, checked
from ...errors import InputError
from ...registry import MODELS
from ..features import FeatureSpec
from ..heads.tower import PredictionTower
from ..layers import DepthwiseConv, DropPath, LayerScale, MaskedGroupNorm, masked_max_pool

GROUPS = 16


@MODELS.register_module()
class SGPBlock(BaseModule):
    """Scalable-granularity perception: depthwise convolutions and gates in place of attention.

    The mean over a video's steps gates its steps, and convolutions of two widths gate those of
    windows. Statistics are of valid steps only, so that padding changes nothing.

    Source: TriDet, Eq. 1-3.

    Args:
        dim: Channels C, a multiple of 16.
        stride: Downsampling S, by max pooling.
        window: Odd width w of the narrower convolution, in steps of the output.
        ratio: The wider one has round((w + 1) * ratio) steps, or one more, which is odd.
        mlp_channels: Hidden width of the MLP.
        init_std: Standard deviation of the depthwise weights at the start. With 0, as the
            published THUMOS14 config has it, they have no gradient and stay 0: both branches are
            products of two of them.
        scaled: Whether both branches have a learned scale and stochastic depth.
        drop_path: Stochastic depth.
    """

    @checked
    def __init__(
        self,
        dim: PositiveInt,
        stride: PositiveInt = 1,
        window: PositiveInt = 1,
        ratio: PositiveFloat = 5.0,
        mlp_channels: PositiveInt = 768,
        init_std: NonNegativeFloat = 0.2,
        scaled: bool = True,
        drop_path: DropRate = 0.0,
    ):
        super().__init__()
        if dim % GROUPS or window % 2 == 0:
            raise InputError(
                f"SGPBlock: expected a multiple of {GROUPS} and an odd number, got dim {dim} "
                f"and window {window}"
            )
        self.stride = stride
        wide = round((window + 1) * ratio)
        widths = dict(psi=window, step=1, narrow=window, wide=wide + (wide + 1) % 2, gate=1)
        self.norm = nn.LayerNorm(dim)
        self.convs = nn.ModuleDict(
            {
                name: DepthwiseConv(dim, kernel_size=width, bias=True)
                for name, width in widths.items()
            }
        )
        self.mlp_norm = MaskedGroupNorm(GROUPS, dim)
        fc1, fc2 = nn.Linear(dim, mlp_channels), nn.Linear(mlp_channels, dim)
        self.mlp = nn.Sequential(fc1, nn.GELU(), fc2)
        self.scale, self.mlp_scale = (
            LayerScale(dim) if scaled else nn.Identity() for _ in range(2)
        )
        self.drop_path = DropPath(drop_path if scaled else 0.0)
        for name, values in self.named_parameters():
            if name.startswith("convs.") and name.endswith(".weight"):
                nn.init.normal_(values, std=init_std)
            elif name.endswith(".bias"):
                nn.init.zeros_(values)

    def forward(
        self, *, query: Tensor, context: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Update the stream.

        Args:
            query: Not read: there is no attention.
            context: (B, T, C) stream, 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor, dict[str, Tensor]]: (B, T/S, C) features, 0 on padding, (B, T/S)
            mask, and no figures.
        """
        x, out_mask = context, mask[:, :: self.stride]
        if self.stride > 1:
            x = masked_max_pool(context, mask, self.stride)
        keep = out_mask[..., None].to(x.dtype)
        normed = self.norm(x) * keep
        mean = normed.sum(1, keepdim=True) / keep.sum(1, keepdim=True).clamp(min=1)
        psi, step, narrow, wide = (
            self.convs[name](normed) for name in ("psi", "step", "narrow", "wide")
        )
        out = step * F.relu(self.convs["gate"](mean)) + (narrow + wide) * psi + normed
        x = (x + self.drop_path(self.scale(out))) * keep
        x = x + self.drop_path(self.mlp_scale(self.mlp(self.mlp_norm(x, out_mask))))
        return x * keep, out_mask, {}


class TridentScores(NamedTuple):
    """What :class:`TridentRegressor` makes of a level.

    Attributes:
        bins: (B, T, 2, N + 1) of distances N to 0 to the start, and 0 to N to the end,
            before scale and activation.
        start: (B, T, K) of a start at a step; 0 on padding.
        end: (B, T, K) of an end at a step; 0 on padding.
    """

    bins: Tensor
    start: Tensor
    end: Tensor


@MODELS.register_module()
class TridentRegressor(PredictionTower):
    """Distances as expectations over bins, from scores of starts and ends near a point.

    A step's tower scores how far its event's ends are, in N + 1 bins a side, for all classes alike;
    two further towers, through which no gradient reaches the levels, score for each class whether
    it starts or ends at a step. The sum of both, over the N steps before or behind a point and
    itself, is a distribution of distances; its mean is the offset. Steps beyond the video score 0.

    Source: TriDet, Eq. 4-6.

    Args:
        spec: Sizes of the levels: their channels.
        num_classes: Classes K.
        feat_channels: Channels of the towers.
        num_bins: Bins N of a side, and so the largest distance, in strides of a level.
        boundary_kernel_size: Width of the convolutions of both further towers, in steps.
        prior_prob: Score that starts and ends begin from.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        feat_channels: PositiveInt = 512,
        num_bins: PositiveInt = 16,
        boundary_kernel_size: PositiveInt = 3,
        prior_prob: Annotated[float, Field(gt=0, lt=1)] = 0.01,
    ):
        super().__init__(spec.channels, feat_channels, 2 * (num_bins + 1))
        self.num_offsets = num_classes
        self.start_tower, self.end_tower = (
            PredictionTower(
                spec.channels, feat_channels, num_classes, prior_prob, boundary_kernel_size
            )
            for _ in range(2)
        )
        self.num_bins = num_bins

    def forward(  # type: ignore[override]
        self, levels: Sequence[Tensor], masks: Sequence[Tensor], scales: Tensor
    ) -> list[Tensor]:
        """(B, T, K, 2) distances of each level, in its strides."""
        return [
            self.to_offsets(self.scores(x, mask), scale)
            for x, mask, scale in zip(levels, masks, scales, strict=True)
        ]

    def scores(self, x: Tensor, mask: Tensor) -> TridentScores:
        """Of features (B, T, C) of a level with mask (B, T)."""
        keep = mask[..., None].to(x.dtype)
        near = x.detach()
        return TridentScores(
            self.level(x, mask).unflatten(-1, (2, -1)),
            self.start_tower.level(near, mask) * keep,
            self.end_tower.level(near, mask) * keep,
        )

    def to_offsets(self, raw: TridentScores, scale: Tensor) -> Tensor:
        """(B, T, K, 2) of a level with scale ()."""
        reach = self.num_bins
        before = F.pad(raw.start, (0, 0, reach, 0)).unfold(1, reach + 1, 1)
        behind = F.pad(raw.end, (0, 0, 0, reach)).unfold(1, reach + 1, 1)
        bins = F.relu(scale * raw.bins)
        distance = torch.arange(reach + 1, dtype=bins.dtype, device=bins.device)
        # The first bin of the left side is the farthest.
        left = ((before + bins[:, :, :1]).softmax(-1) * distance.flip(0)).sum(-1)
        right = ((behind + bins[:, :, 1:]).softmax(-1) * distance).sum(-1)
        return torch.stack([left, right], dim=-1)
