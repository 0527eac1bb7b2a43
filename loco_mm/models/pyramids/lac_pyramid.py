"""The adaptive cross-modal pyramid of LoCo. Its attention is in ``layers/window_attention.py``.

Shape letters: B batch, T steps, D model width, L levels.
"""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, Part, checked
from ...registry import MODELS, build_part
from ..features import FeatureSpec, Levels, mean_figures
from ..layers import build_block, run_blocks
from .strides import pyramid_strides


@MODELS.register_module()
class LACPyramid(BaseModule):
    """A pyramid of cross-modal blocks: queries from one stream, keys and values from the other.

    Level 0 has stride 1, and each further level has half the time resolution. Both streams of a
    level are computed from both streams of the previous level. With ``num_levels=1`` it is the
    paper's base model without a pyramid; with ``attention=dict(type='GlobalAttention')`` its GB
    variant.

    Args:
        spec: Sizes of the streams.
        num_levels: Number of levels L.
        num_heads: Number of attention heads H.
        attention: Config of the attention, by default LAC's adaptive windows.
        block: Config of the block, by default :class:`AttentionBlock`, see :func:`build_block`.
        gate: Config of gates, such as :class:`ConsistencyGate`, with which each stream of a level
            scales the other one. A gate is built with ``dim``, ``num_heads`` and ``stride`` and
            called with a stream and its mask. The other stream is multiplied by 1 plus the result
            (B, T / S, 1).
        drop_path: Rate of stochastic depth.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_levels: PositiveInt = 6,
        num_heads: PositiveInt = 4,
        attention: Part | None = None,
        block: Part | None = None,
        gate: Part | None = None,
        drop_path: DropRate = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        strides = pyramid_strides(spec, num_levels)
        self.out_spec = FeatureSpec(2 * spec.channels, strides, spec.max_len)
        size: dict[str, int] = dict(dim=spec.channels, num_heads=num_heads)
        # Downsampling from one level to the next.
        steps = [1, *[2] * (num_levels - 1)]
        self.visual_blocks, self.audio_blocks = (
            nn.ModuleList(
                build_block(
                    block,
                    attention or dict(type="WindowAttention"),
                    **size,
                    max_steps=spec.max_len // stride,
                    cross=True,
                    stride=step,
                    drop_path=drop_path,
                )
                for stride, step in zip(strides, steps, strict=True)
            )
            for _ in range(2)
        )
        # A gate is named after its input stream.
        self.visual_gates, self.audio_gates = (
            nn.ModuleList(
                build_part(MODELS, gate, "gate", **size, stride=step) for step in steps if gate
            )
            for _ in range(2)
        )

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Compute the levels.

        Args:
            streams: ``visual`` and ``audio`` (B, T, D), 0 on padding; T is a multiple of the last
                stride.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: L features (B, T / stride, 2D), visual channels first, their masks, and the mean
            over blocks of the values that they log.
        """
        # (2, B, T, D)
        x = torch.stack([streams["visual"], streams["audio"]])
        features, masks, figures = [], [], []
        for level, blocks in enumerate(zip(self.visual_blocks, self.audio_blocks, strict=True)):
            factors = self._factors(level, x, mask)
            x, mask, logged = run_blocks(blocks, query=x.unbind()[::-1], context=x, mask=mask)
            if factors is not None:
                x = x * factors
            features.append(x.permute(1, 2, 0, 3).flatten(2))
            masks.append(mask)
            figures.append(logged)
        return Levels(features, masks, mean_figures(figures))

    def _factors(self, level: int, x: Tensor, mask: Tensor) -> Tensor | None:
        """(2, B, T / S, 1) factors of both streams (2, B, T, D); None without gates."""
        if not self.audio_gates:
            return None
        visual, audio = x.unbind()
        for_visual = self.audio_gates[level](audio, mask)
        for_audio = self.visual_gates[level](visual, mask)
        return 1 + torch.stack([for_visual, for_audio])
