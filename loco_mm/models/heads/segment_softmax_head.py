"""A softmax over classes and background for each segment, as in AVEL and PSP.

Shape letters: B batch, T segments, C classes, K = C + 1 outputs, D channels.
"""

from typing import Literal, NamedTuple

import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, checked
from ...ops import at_least_float32, pooled
from ...registry import MODELS, build_part
from ..features import Features, FeatureSpec
from .base_segment_head import BaseSegmentHead, SegmentLabels, SegmentTruth


class SoftmaxLogits(NamedTuple):
    """Output of the head for each segment.

    Attributes:
        logits: (B, T, K) scores before the softmax.
        mask: (B, T) bool, True = valid.
    """

    logits: Tensor
    mask: Tensor


@MODELS.register_module()
class SegmentSoftmaxHead(BaseSegmentHead):
    """Classifies each segment separately, with background as one of the classes.

    With video labels, the scores of segments are pooled over time.

    Source: Tian et al., ECCV 2018; mean of weighted scores, Zhou et al., CVPR 2021.

    Args:
        num_classes: Number of classes C without background.
        spec: Sizes of the single level: its channels D.
        hidden_channels: Width of an optional hidden layer.
        bias: Whether layers have a bias.
        weigh: Whether to multiply the scores of a segment by a weight in [0.5, 1] that is computed
            from them.
        pooling: Pooling over time for video labels: ``'max'`` or ``'mean'``.
        supervision: See :class:`BaseSegmentHead`.
        video_label: See :class:`BaseSegmentHead`.
        loss_cls: Config of the loss, by default :class:`SoftmaxLoss`.
    """

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        hidden_channels: PositiveInt | None = None,
        bias: bool = True,
        weigh: bool = False,
        pooling: Literal["max", "mean"] = "max",
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        loss_cls: Part | None = None,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, supervision, video_label, test_cfg, init_cfg)
        self.pooling = pooling
        self.loss_cls = build_part(MODELS, loss_cls or dict(type="SoftmaxLoss"), "loss_cls")
        self.hidden = None
        if hidden_channels is not None:
            self.hidden = nn.Linear(spec.channels, hidden_channels, bias=bias)
        self.output = nn.Linear(hidden_channels or spec.channels, num_classes + 1, bias=bias)
        self.weight = nn.Linear(num_classes + 1, 1, bias=False) if weigh else None

    def forward(self, features: Features) -> SoftmaxLogits:
        """Score each segment.

        Args:
            features: A single level (B, T, D).
        """
        (x,), mask = features.levels, features.mask
        logits = self.output(x if self.hidden is None else F.relu(self.hidden(x)))
        if self.weight is not None:
            logits = logits * F.relu(self.weight(logits)).sigmoid()
        return SoftmaxLogits(logits, mask)

    def loss_by_truth(self, predictions: SoftmaxLogits, truth: SegmentTruth) -> dict[str, Tensor]:
        """Loss from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            truth: Labels of the segments, or with weak supervision their fractions.

        Returns:
            dict[str, Tensor]: ``loss_cls``.
        """
        logits, mask = predictions
        if truth.labels is None:
            return dict(loss_cls=self.loss_cls(pooled(logits, mask, self.pooling), truth.shares))
        labels = truth.labels.flatten()
        # To select valid segments, their number would have to be read from the device.
        shares = F.one_hot(labels.clamp(min=0), self.num_classes + 1)
        return dict(loss_cls=self.loss_cls(logits.flatten(0, 1), shares, labels >= 0))

    def predict_by_feat(
        self, predictions: SoftmaxLogits, data_samples: list
    ) -> list[SegmentLabels]:
        """Labels from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): The videos.

        Returns:
            list[SegmentLabels]: One per video, with scores after the softmax.
        """
        logits, mask = at_least_float32(predictions.logits), predictions.mask
        self.check_predictions(data_samples, logits * mask[..., None])
        return self.trimmed(logits.argmax(-1), logits.softmax(-1), mask)
