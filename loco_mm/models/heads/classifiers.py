"""Classifiers of dense heads: from a level's features to scores of classes.

A classifier is built with ``spec``, the :class:`FeatureSpec` of the levels, and ``num_classes``,
and called with features (B, T, D) and mask (B, T) of a level.
"""

from ...arguments import Count, OpenShare, checked
from ...registry import MODELS
from ..features import FeatureSpec
from .tower import PredictionTower


@MODELS.register_module()
class ConvClassifier(PredictionTower):
    """A tower of convolutions, shared by all levels.

    Args:
        spec (FeatureSpec): Of the levels: their channels D.
        num_classes (int): Classes C.
        feat_channels (int): Channels of the tower.
        prior_prob (float): Score that classification starts from.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_classes: Count,
        feat_channels: Count = 512,
        prior_prob: OpenShare = 0.01,
    ):
        super().__init__(spec.channels, feat_channels, num_classes, prior_prob)
