"""Components of TriDet (Shi et al., CVPR 2023): its block, and offsets from bins.

Shape letters: B batch, T steps, C channels, S stride, K classes, N bins per side.
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

    One branch gates steps by the mean over the video, the other by convolutions with two kernel
    sizes. Statistics are computed over valid steps only, so that padding has no effect.

    Source: TriDet, Eq. 1-3.

    Args:
        dim: Channels C, a multiple of 16.
        stride: Downsampling factor S, by max pooling.
        window: Odd kernel size w of the smaller convolution, in steps of the output.
        ratio: The larger kernel size is round((w + 1) * ratio), plus 1 if that is even.
        mlp_channels: Hidden width of the MLP.
        init_std: Initial standard deviation of the depthwise weights. With 0, as in the published
            THUMOS14 config, both branches are products of zeros without gradients, and stay 0.
        scaled: Whether both branches have a learned scale and stochastic depth.
        drop_path: Rate of stochastic depth.
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
            query: Not used, as there is no attention.
            context: (B, T, C) stream, 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor, dict[str, Tensor]]: (B, T/S, C) features, 0 on padding, (B, T/S)
            mask, and an empty dict.
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
    """Output of :class:`TridentRegressor` for a level.

    Attributes:
        bins: (B, T, 2, N + 1) scores of distances N to 0 to the start, and 0 to N to the end,
            before scale and activation.
        start: (B, T, K) scores of a start at each step; 0 on padding.
        end: (B, T, K) scores of an end at each step; 0 on padding.
    """

    bins: Tensor
    start: Tensor
    end: Tensor


@MODELS.register_module()
class TridentRegressor(PredictionTower):
    """Distances as expectations over bins, from scores of starts and ends near a point.

    A tower scores the distances from each step to both ends, in N + 1 bins per side, for all
    classes together. Two further towers, which pass no gradients to the levels, score for each
    class whether it starts or ends at a step. The sum of both scores, over a point and the N steps
    before or after it, defines a distribution of distances whose mean is the offset. Steps outside
    the video have a score of 0.

    Source: TriDet, Eq. 4-6.

    Args:
        spec: Sizes of the levels: their channels.
        num_classes: Number of classes K.
        feat_channels: Channels of the towers.
        num_bins: Number of bins N per side, which is the maximum distance in strides of a level.
        boundary_kernel_size: Kernel size of both further towers, in steps.
        prior_prob: Initial score of starts and ends.
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
        """(B, T, K, 2) distances of each level, in strides of the level."""
        return [
            self.to_offsets(raw, scale)
            for raw, scale in zip(self.scores(levels, masks), scales, strict=True)
        ]

    def scores(self, levels: Sequence[Tensor], masks: Sequence[Tensor]) -> list[TridentScores]:
        """Scores of each level from its features (B, T, C), with mask (B, T)."""
        near = [x.detach() for x in levels]
        towers = zip(
            super().forward(levels, masks),
            self.start_tower(near, masks),
            self.end_tower(near, masks),
            strict=True,
        )
        return [
            TridentScores(
                bins.unflatten(-1, (2, -1)), start * mask[..., None], end * mask[..., None]
            )
            for (bins, start, end), mask in zip(towers, masks, strict=True)
        ]

    def to_offsets(self, raw: TridentScores, scale: Tensor) -> Tensor:
        """(B, T, K, 2) offsets of a level with scale ()."""
        num_bins = self.num_bins
        before = F.pad(raw.start, (0, 0, num_bins, 0)).unfold(1, num_bins + 1, 1)
        behind = F.pad(raw.end, (0, 0, 0, num_bins)).unfold(1, num_bins + 1, 1)
        bins = F.relu(scale * raw.bins)
        distance = torch.arange(num_bins + 1, dtype=bins.dtype, device=bins.device)
        # The first bin of the left side is for the largest distance.
        left = ((before + bins[:, :, :1]).softmax(-1) * distance.flip(0)).sum(-1)
        right = ((behind + bins[:, :, 1:]).softmax(-1) * distance).sum(-1)
        return torch.stack([left, right], dim=-1)
