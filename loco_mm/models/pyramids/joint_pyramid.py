"""The pyramid of systems that process both modalities as one stream.

Shape letters: B batch, T steps, D model width, L levels.
"""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, Part, checked
from ...errors import InputError
from ...registry import MODELS
from ..features import FeatureSpec, Levels, mean_figures
from ..layers import build_block
from .streams import only_stream
from .strides import pyramid_strides


@MODELS.register_module()
class JointPyramid(BaseModule):
    """A pyramid of self-attention blocks on a single stream.

    Level 0 is the stream itself, and each further level has half the time resolution, as in
    ActionFormer (Zhang et al., ECCV 2022). Several streams are first joined by a linear layer.

    Args:
        spec: Sizes of each stream.
        num_levels: Number of levels L.
        num_streams: Number of streams of the encoder.
        num_heads: Number of attention heads.
        attention: Config of the attention for all levels, or a list with one config for each level
            from level 1 on; by default :class:`GlobalAttention`.
        block: Config of the block, or a list in the same form; by default
            :class:`AttentionBlock`, see :func:`build_block`.
        drop_path: Rate of stochastic depth.

    Raises:
        InputError: A list has not L - 1 entries, or ``max_len`` is not a multiple of the last
            stride.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_levels: PositiveInt = 6,
        num_streams: PositiveInt = 1,
        num_heads: PositiveInt = 4,
        attention: Part | list[Part] | None = None,
        block: Part | list[Part] | None = None,
        drop_path: DropRate = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        strides = pyramid_strides(spec, num_levels)
        attentions = _each("attention", attention, num_levels - 1)
        every_block = _each("block", block, num_levels - 1)
        self.out_spec = FeatureSpec(spec.channels, strides, spec.max_len)
        self.num_streams = num_streams
        self.join = None
        if num_streams > 1:
            self.join = nn.Linear(num_streams * spec.channels, spec.channels)
        self.blocks = nn.ModuleList(
            build_block(
                every_block[number],
                attentions[number],
                dim=spec.channels,
                num_heads=num_heads,
                max_steps=spec.max_len // stride,
                stride=2,
                drop_path=drop_path,
            )
            for number, stride in enumerate(strides[1:])
        )

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Compute the levels.

        Args:
            streams: Streams (B, T, D), 0 on padding; T is a multiple of the last stride.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: L features (B, T / stride, D), their masks, and the mean over blocks of the
            values that they log.

        Raises:
            InputError: The encoder returns another number of streams.
        """
        x = self._joined(streams, mask)
        features, masks, figures = [x], [mask], []
        for block in self.blocks:
            x, mask, logged = block(query=x, context=x, mask=mask)
            features.append(x)
            masks.append(mask)
            figures.append(logged)
        return Levels(features, masks, mean_figures(figures))

    def _joined(self, streams: Mapping[str, Tensor], mask: Tensor) -> Tensor:
        """(B, T, D) from all streams."""
        if self.join is None:
            return only_stream(streams, "JointPyramid", "JointEncoder, or set num_streams")
        if len(streams) != self.num_streams:
            raise InputError(
                f"model.pyramid.num_streams: expected {len(streams)}, the number of streams of the "
                f"encoder ({', '.join(streams)}), got {self.num_streams}"
            )
        return self.join(torch.cat(list(streams.values()), dim=-1)) * mask[..., None]


def _each(name: str, config, count: int) -> list:
    """One config per block.

    Raises:
        InputError: A list has another length.
    """
    if not isinstance(config, (list, tuple)):
        return [config] * count
    if len(config) != count:
        raise InputError(
            f"model.pyramid.{name}: expected {count} configs, one for each level but the first, "
            f"got {len(config)}"
        )
    return list(config)
