"""Regressors of dense heads: from a level's features to offsets.

A regressor is built with ``spec``, the :class:`FeatureSpec` of the levels, and ``num_classes``, has
``num_offsets``, those of a point (as many as classes, or 1 for all alike), and is called with
features (B, T, D) and mask (B, T) of a level. Its ``to_offsets`` makes offsets (B, T, O, 2) before
activation of what that gives, and of the learned scale () of the level.

Shape letters: B batch, T steps of a level, D input channels, O offsets of a point.
"""

from torch import Tensor

from ...arguments import Count, checked
from ...registry import MODELS
from ..features import FeatureSpec
from .tower import PredictionTower


@MODELS.register_module()
class ConvRegressor(PredictionTower):
    """A tower of convolutions, shared by all levels.

    Args:
        spec (FeatureSpec): Of the levels: their channels D.
        num_classes (int): Classes C.
        feat_channels (int): Channels of the tower.
        class_aware (bool): Whether each class has offsets of its own: O = C.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: Count,
        feat_channels: Count = 512,
        class_aware: bool = True,
    ):
        num_offsets = num_classes if class_aware else 1
        super().__init__(spec.channels, feat_channels, 2 * num_offsets)
        self.num_offsets = num_offsets

    def to_offsets(self, raw: Tensor, scale: Tensor) -> Tensor:
        """(B, T, O, 2) of the tower's output (B, T, 2 O)."""
        return (scale * raw).unflatten(-1, (self.num_offsets, 2))
