"""Regressors of dense heads, which compute offsets from pyramid levels.

A regressor is built with ``spec``, the :class:`FeatureSpec` of the levels, and ``num_classes``. Its
``num_offsets`` is the number of offsets per point (the number of classes, or 1 if shared). It is
called with lists of the levels' features (B, T, D) and masks (B, T), and learned scales (L,), and
returns a list of offsets before activation (B, T, O, 2).

Shape letters: B batch, L levels, T steps of a level, D input channels, O offsets per point.
"""

from collections.abc import Sequence

from pydantic import PositiveInt
from torch import Tensor

from ...arguments import checked
from ...ops import over_spans
from ...registry import MODELS
from ..features import FeatureSpec
from .tower import PredictionTower


@MODELS.register_module()
class ConvRegressor(PredictionTower):
    """A tower of convolutions that is shared by all levels.

    Args:
        spec: Sizes of the levels: their channels D.
        num_classes: Number of classes C.
        feat_channels: Channels of the tower.
        class_aware: Whether each class has its own offsets: O = C.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: PositiveInt,
        feat_channels: PositiveInt = 512,
        class_aware: bool = True,
    ):
        num_offsets = num_classes if class_aware else 1
        super().__init__(spec.channels, feat_channels, 2 * num_offsets)
        self.num_offsets = num_offsets

    def forward(  # type: ignore[override]
        self, levels: Sequence[Tensor], masks: Sequence[Tensor], scales: Tensor
    ) -> list[Tensor]:
        """(B, T, O, 2) offsets of each level."""
        packed, packing = self.packed(levels, masks)
        scaled = over_spans(scales, packing.spans)[:, None] * packed
        return packing.unpack(scaled.unflatten(-1, (-1, 2)))
