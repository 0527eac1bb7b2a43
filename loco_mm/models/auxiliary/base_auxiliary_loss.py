"""Base class of training losses in addition to those of the head."""

from abc import ABCMeta, abstractmethod

from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ..features import Features, FeatureSpec


class BaseAuxiliaryLoss(nn.Module, metaclass=ABCMeta):
    """A loss computed from features and the labels of the samples.

    Args:
        spec: Sizes of the levels.
        num_classes: Number of classes of the head, without background.
        loss_weight: Weight of the loss.

    Attributes:
        reads_segments (bool): Whether it uses labels of segments, which weakly supervised training
            does not have.
    """

    reads_segments = False

    @checked
    def __init__(
        self, spec: FeatureSpec, num_classes: PositiveInt, loss_weight: NonNegativeFloat = 1.0
    ):
        super().__init__()
        self.spec = spec
        self.num_classes = num_classes
        self.loss_weight = loss_weight

    @abstractmethod
    def forward(self, features: Features, data_samples: list) -> Tensor:
        """() weighted loss."""
