"""Base class of training losses in addition to those of the head.

Shape letters: B batch, T segments, T_i those of a video, C classes.
"""

from abc import ABCMeta, abstractmethod

from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ..features import Features, FeatureSpec
from ..heads import BaseSegmentHead, video_class


class BaseAuxiliaryLoss(nn.Module, metaclass=ABCMeta):
    """A loss computed from features and labels.

    A model calls it with the output of :meth:`read_labels`, so that it can be compiled.

    Args:
        spec: Sizes of the levels.
        num_classes: Number of classes of the head, without background.
        loss_weight: Weight of the loss.

    Attributes:
        reads_segments (bool): Whether it uses labels of segments, which weakly supervised training
            does not have, or those of videos.
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

    def read_labels(self, features: Features, data_samples: list) -> Tensor:
        """Labels of a batch on the device of the features.

        Args:
            features: Their mask (B, T) is used.
            data_samples (list[ActionDataSample]): With ``gt_segment_labels`` (T_i,), or
                ``gt_video_label`` (C + 1,).

        Returns:
            Tensor: (B, T) long labels of the segments, C for background and -1 on padding; or
            (B,) long class of each video, -1 for a video without an event.
        """
        if self.reads_segments:
            return BaseSegmentHead.segment_truth(data_samples, features.mask)
        return video_class(BaseSegmentHead.video_truth(data_samples, features.mask.device))

    @abstractmethod
    def forward(self, features: Features, labels: Tensor) -> Tensor:
        """() weighted loss."""
