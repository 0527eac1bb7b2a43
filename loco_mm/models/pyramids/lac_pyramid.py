"""The adaptive cross-modal pyramid of LoCo; the attention is in ``layers/attention.py``.

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
from ..layers import build_block
from .strides import pyramid_strides


@MODELS.register_module()
class LACPyramid(BaseModule):
    """A pyramid of cross-modal blocks: queries from one stream, keys and values from the other.

    Level 0 has stride 1, each further one halves the time. Both streams of a level read both
    streams of the level before. With ``num_levels=1`` it is the paper's base model without a
    pyramid; with ``attention=dict(type='GlobalAttention')`` its GB variant.

    Args:
        spec: Sizes of the streams.
        num_levels: Levels L.
        num_heads: Attention heads H.
        attention: Config of the attention, by default LAC's adaptive windows.
        block: Config of the block, by default :class:`AttentionBlock`, see
            :func:`build_block`.
        gate: Config of gates, as :class:`ConsistencyGate`: of each level, what one
            stream brings along says how much the other's steps are raised. It is built with
            ``dim``, ``num_heads`` and ``stride``, called with a stream and its mask, and gives
            (B, T / S, 1), which 1 is added to and the other stream multiplied with.
        drop_path: Stochastic depth.
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
        # From level to level.
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
        # A gate is named after the stream that it reads.
        self.visual_gates, self.audio_gates = (
            nn.ModuleList(
                build_part(MODELS, gate, "gate", **size, stride=step) for step in steps if gate
            )
            for _ in range(2)
        )

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Build the levels.

        Args:
            streams: ``visual`` and ``audio`` (B, T, D), 0 on padding; T a
                multiple of the last stride.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: L features (B, T / stride, 2D), visual channels first, their masks, and the
            means of what the blocks tell the log.
        """
        visual, audio = streams["visual"], streams["audio"]
        features, masks, figures = [], [], []
        for level, (visual_block, audio_block) in enumerate(
            zip(self.visual_blocks, self.audio_blocks, strict=True)
        ):
            if self.audio_gates:
                for_visual = 1 + self.audio_gates[level](audio, mask)
                for_audio = 1 + self.visual_gates[level](visual, mask)
            (visual, mask, of_visual), (audio, _, of_audio) = (
                visual_block(query=audio, context=visual, mask=mask),
                audio_block(query=visual, context=audio, mask=mask),
            )
            if self.audio_gates:
                visual, audio = visual * for_visual, audio * for_audio
            features.append(torch.cat([visual, audio], dim=-1))
            masks.append(mask)
            figures += [of_visual, of_audio]
        return Levels(features, masks, mean_figures(figures))
