"""What training losses beside the head's have in common."""

from abc import ABCMeta, abstractmethod

from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ..features import Features, FeatureSpec


class BaseAuxiliaryLoss(nn.Module, metaclass=ABCMeta):
    """A loss of features, and of what the samples say of them.

    Args:
        spec: Sizes of the levels.
        num_classes: Classes of the head, without background.
        loss_weight: Factor.

    Attributes:
        reads_segments (bool): Whether it reads labels of segments, which weakly supervised training
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
        """() loss, weighted."""
