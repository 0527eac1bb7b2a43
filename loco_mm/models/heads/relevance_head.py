"""A head that predicts the class of a video, and which of its segments contain the event.

Shape letters: B batch, T segments, C classes, K class outputs, D channels.
"""

from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, Probability, checked
from ...ops import at_least_float32, pooled
from ...registry import MODELS, build_part
from ...schema import Settings
from ..features import Features, FeatureSpec
from .base_segment_head import (
    BaseSegmentHead,
    SegmentLabels,
    SegmentTruth,
    has_event,
    video_class,
)


class RelevanceLogits(NamedTuple):
    """Raw predictions for a batch.

    Attributes:
        relevance: (B, T) scores of an event, before the sigmoid.
        classes: (B, K) class scores of the video, before the softmax.
        mask: (B, T) bool, True = valid.
    """

    relevance: Tensor
    classes: Tensor
    mask: Tensor


class RelevanceTestCfg(Settings):
    """Test settings of :class:`RelevanceHead`.

    Attributes:
        score_thr: Segments with a higher score contain the event.
    """

    score_thr: Probability = 0.5


@MODELS.register_module()
class RelevanceHead(BaseSegmentHead):
    """Assigns the class of the video to each relevant segment.

    With video labels, the class score of the video is the maximum over time of
    ``sigmoid(relevance) * class score``.

    Source: Xu et al., MM 2020 (CMRAN); with the mean instead of the maximum, Zhou et al., TPAMI
    2022 (CPSP).

    Args:
        num_classes: Number of classes C without background.
        spec: Sizes of the single level: its channels D.
        pooling: Pooling of the features over time before classification: ``'max'`` or ``'mean'``.
        background: Whether background is also a class of videos: K = C + 1. It is needed for weakly
            supervised training on videos without an event, which otherwise are not used.
        supervision: See :class:`BaseSegmentHead`.
        video_label: See :class:`BaseSegmentHead`.
        loss_cls: Config of the classification loss, by default :class:`SoftmaxLoss`.
        test_cfg: Fields of :class:`RelevanceTestCfg`.
    """

    reads_videos = True
    TestCfg = RelevanceTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        pooling: Literal["max", "mean"] = "mean",
        background: bool = False,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        loss_cls: Part | None = None,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, supervision, video_label, test_cfg, init_cfg)
        self.pooling = pooling
        self.num_outputs = num_classes + background
        self.loss_cls = build_part(MODELS, loss_cls or dict(type="SoftmaxLoss"), "loss_cls")
        self.relevance = nn.Linear(spec.channels, 1)
        self.classes = nn.Linear(spec.channels, self.num_outputs)

    def forward(self, features: Features) -> RelevanceLogits:
        """Score segments and videos.

        Args:
            features: A single level (B, T, D).
        """
        (x,), mask = features.levels, features.mask
        classes = self.classes(pooled(x, mask, self.pooling))
        return RelevanceLogits(self.relevance(x)[..., 0], classes, mask)

    def loss_by_truth(self, predictions: Any, truth: SegmentTruth) -> dict[str, Tensor]:
        """Losses from raw predictions.

        Args:
            predictions (RelevanceLogits): Output of :meth:`forward`.
            truth: Labels of the videos, and with full supervision of the segments.

        Returns:
            dict[str, Tensor]: ``loss_cls``, the mean over videos; with full supervision also
            ``loss_relevance``, the mean over segments.
        """
        relevance, classes, mask = predictions
        if truth.labels is not None:
            target = one_hot(video_class(truth.shares), self.num_outputs)
            return dict(
                loss_relevance=relevance_loss(relevance, truth.labels, self.num_classes),
                loss_cls=self.loss_cls(classes, target),
            )
        both = at_least_float32(relevance).sigmoid()[..., None] * classes[:, None]
        shares = truth.shares[:, : self.num_outputs]
        return dict(loss_cls=self.loss_cls(pooled(both, mask, "max"), shares))

    def predict_by_feat(self, predictions: Any, data_samples: list) -> list[SegmentLabels]:
        """Labels from raw predictions.

        Args:
            predictions (RelevanceLogits): Output of :meth:`forward`, possibly of a subclass.
            data_samples (list[ActionDataSample]): The videos.

        Returns:
            list[SegmentLabels]: One per video. The score of a class is relevance times the softmax
            of the class; the score of background is 1 minus the sum of these.
        """
        relevance, classes = (at_least_float32(x) for x in predictions[:2])
        mask = predictions[2]
        self.check_predictions(data_samples, relevance * mask, classes)
        threshold = self.test_cfg.score_thr
        labels, scores = relevant_labels(
            relevance.sigmoid(), classes.softmax(-1), threshold, self.num_classes
        )
        return self.trimmed(labels, scores, mask)


def relevant_labels(
    relevance: Tensor, shares: Tensor, score_thr: float, num_classes: int
) -> tuple[Tensor, Tensor]:
    """Labels and scores of segments, from their relevance and the class of their video.

    Args:
        relevance: (B, T) in [0, 1].
        shares: (B, K) probabilities of the classes, and of background if K = C + 1.
        score_thr: Segments with higher relevance contain the event.
        num_classes: Number of classes C.

    Returns:
        tuple[Tensor, Tensor]: (B, T) long labels, and (B, T, C + 1) scores that sum to 1.
    """
    labels = torch.where(relevance > score_thr, shares.argmax(-1, keepdim=True), num_classes)
    scores = relevance[..., None] * shares[:, None, :num_classes]
    return labels, torch.cat([scores, 1 - scores.sum(-1, keepdim=True)], dim=-1)


def relevance_loss(relevance: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """() binary cross-entropy of scores, averaged over the valid segments.

    Args:
        relevance: (B, T) scores of an event, before the sigmoid.
        labels: (B, T) long, C for background, -1 on padding.
        num_classes: Number of classes C.
    """
    valid, relevance = labels >= 0, at_least_float32(relevance)
    target = has_event(labels, num_classes).to(relevance.dtype)
    # To select valid segments, their number would have to be read from the device.
    terms = F.binary_cross_entropy_with_logits(relevance, target, reduction="none")
    return (terms * valid).sum() / valid.sum().clamp(min=1)


def one_hot(label: Tensor, num_outputs: int) -> Tensor:
    """(B, K) long one-hot encoding of labels (B,); all zeros for -1."""
    return F.one_hot(label + 1, num_outputs + 1)[:, 1:]
