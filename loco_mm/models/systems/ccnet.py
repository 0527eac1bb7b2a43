"""Components of CCNet (Zhou et al., AAAI 2025): gates between streams, and exchange between levels.

Shape letters: B batch, T steps of a level, D channels, C classes, H channels per class.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn.functional import relu

from ...arguments import DropRate, InitCfg, checked
from ...errors import InputError
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import AttentionBlock, ProjectedAttention, TemporalConv, masked_max_pool
from .unav import DependencyBlock


@MODELS.register_module()
class ConsistencyGate(ProjectedAttention):
    """Importance of each step of a stream, as a factor for the other stream.

    It is computed by self-attention within one stream; the two streams are not compared. The
    factors of pyramid levels accumulate, as each level is computed from the scaled previous one.

    Source: CCNet's temporal consistency-gated branch.

    Args:
        dim: Channels D of the stream.
        num_heads: Number of attention heads.
        stride: Downsampling factor S.
    """

    @checked
    def __init__(self, dim: PositiveInt, num_heads: PositiveInt, stride: PositiveInt = 1):
        super().__init__(dim, num_heads, cross=True, stride=stride)
        self.gate = nn.Linear(dim, 1)
        nn.init.zeros_(self.gate.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) with mask (B, T) to (B, T / S, 1) in (0, 1), arbitrary on padding."""
        attended, _, _ = self.attend(query=x, context=x, mask=mask)
        return self.gate(attended).sigmoid()


class _ChannelBranch(nn.Module):
    """Class features from attention between channels, for one level.

    The steps of a sequence take the role of channels, so that the weights are for a fixed length.
    The outputs have the layout of the published code: each channel yields a row of C * T values,
    and the concatenated rows of a sample are reshaped to (C, H, T). The values of a class thus come
    from two or three of the channels.

    Args:
        steps: Number of steps T of the level.
        num_classes: Number of classes C.
        channels: Channels H per class.
        drop_path: Rate of stochastic depth per sample.
    """

    def __init__(self, steps: int, num_classes: int, channels: int, drop_path: float):
        super().__init__()
        self.block = AttentionBlock(
            steps, 1, cross=True, drop_path=drop_path, mlp_channels=channels
        )
        self.widen = _over_time(steps, steps * num_classes)
        self.num_classes = num_classes

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, H), 0 on padding, to (B, T, C, H), not 0 on padding."""
        rows = x.transpose(1, 2)
        rows, _, _ = self.block(query=rows, context=rows, mask=rows.new_ones(rows.shape[:2]).bool())
        of_classes = relu(self.widen(rows)).reshape(len(x), self.num_classes, *rows.shape[1:])
        return of_classes.permute(0, 3, 1, 2)


@MODELS.register_module()
class GranularityCollaboration(BaseModule):
    """A neck that exchanges features between levels, from coarse to fine and then back.

    From coarse to fine, each level applies self-attention with queries computed from the next
    coarser level. UnAV's dependency block is then applied to the features of the classes, to which
    those of an attention between channels are added. From fine to coarse, each level attends to
    the next finer one.

    The layers between levels and the attention between channels have one weight per step of a full
    training sequence: shorter sequences are padded to it, and longer ones are refused.

    Source: CCNet's multi-temporal granularity collaboration.

    Args:
        spec: Sizes of the levels: their channels D, strides, and steps.
        num_classes: Number of classes C, passed by the model.
        channels: Channels H per class.
        num_heads: Number of attention heads from coarse to fine; from fine to coarse it is 1.
        drop_path: Rate of stochastic depth.
        published_masks: See :class:`DependencyBlock`.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        channels: PositiveInt = 128,
        num_heads: PositiveInt = 4,
        drop_path: DropRate = 0.1,
        published_masks: bool = False,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.out_spec = spec
        self.steps = [spec.max_len // stride for stride in spec.strides]

        def block(heads: int) -> AttentionBlock:
            return AttentionBlock(spec.channels, heads, cross=True, drop_path=drop_path)

        self.stretch = nn.ModuleList(
            _over_time(coarse, fine)
            for fine, coarse in zip(self.steps[:-1], self.steps[1:], strict=True)
        )
        self.coarse_to_fine = block(num_heads)
        self.press = TemporalConv(spec.channels, channels, bias=False)
        self.channel_branches = nn.ModuleList(
            _ChannelBranch(steps, num_classes, channels, drop_path) for steps in self.steps
        )
        self.dependency = DependencyBlock(spec, num_classes, channels, drop_path, published_masks)
        self.fine_to_coarse = nn.ModuleList(block(1) for _ in self.steps[1:])

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        """Levels (B, T, D) with masks (B, T) to the same shapes, 0 on padding.

        Raises:
            InputError: A sequence is longer than a full training sequence.
        """
        most = self.steps[0]
        if masks[0].shape[1] > most and masks[0][:, most:].any():
            found = int(masks[0].sum(1).max()) * self.out_spec.strides[0]
            raise InputError(
                f"model.neck: expected at most {self.out_spec.max_len} steps, got {found}: the "
                "weights are for model.max_len steps; for longer videos use SlidingWindows of this "
                "size in model.windows, and windows='auto' in an inferencer"
            )
        levels = [_fit(x, steps) for x, steps in zip(features, self.steps, strict=True)]
        level_masks = [_fit(mask, steps) for mask, steps in zip(masks, self.steps, strict=True)]
        levels = self._from_coarse_to_fine(levels, level_masks)
        levels = [
            self.dependency.level(x, mask, branch(relu(self.press(x) * mask[..., None])))
            for x, mask, branch in zip(levels, level_masks, self.channel_branches, strict=True)
        ]
        levels = self._from_fine_to_coarse(levels, level_masks)
        return [_fit(x, mask.shape[1]) for x, mask in zip(levels, masks, strict=True)]

    def _from_coarse_to_fine(self, levels: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        found = []
        for fine, coarse, mask, stretch in zip(
            levels[:-1], levels[1:], masks[:-1], self.stretch, strict=True
        ):
            query = relu(stretch(coarse.transpose(1, 2))).transpose(1, 2)
            found.append(self.coarse_to_fine(query=query, context=fine, mask=mask)[0])
        return [*found, levels[-1]]

    def _from_fine_to_coarse(self, levels: list[Tensor], masks: list[Tensor]) -> list[Tensor]:
        found = levels[:1]
        for coarse, fine_mask, mask, block in zip(
            levels[1:], masks[:-1], masks[1:], self.fine_to_coarse, strict=True
        ):
            stride = fine_mask.shape[1] // mask.shape[1]
            context = masked_max_pool(found[-1], fine_mask, stride)
            found.append(coarse + block(query=coarse, context=context, mask=mask)[0])
        return found


def _over_time(steps: int, outputs: int) -> nn.Linear:
    """A linear layer over the steps of a sequence."""
    layer = nn.Linear(steps, outputs)
    nn.init.zeros_(layer.bias)
    return layer


def _fit(x: Tensor, steps: int) -> Tensor:
    """(B, T, ...), padded or truncated to the given number of steps."""
    return F.pad(x, (*(0, 0) * (x.ndim - 2), 0, steps - x.shape[1]))
