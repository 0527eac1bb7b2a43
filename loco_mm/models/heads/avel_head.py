"""LoCo's head for audio-visual event localization with segment labels.

According to the paper, only the classification head is used, on three levels. How levels are
combined to labels of segments, and the loss for video labels, are choices of this package.

Shape letters: B batch, T steps, T_l steps of a level, L levels, C classes, K outputs, D channels.
"""

from typing import Annotated, Literal, NamedTuple

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from ...arguments import InitCfg, Part, Probability, checked
from ...errors import InputError
from ...ops import at_least_float32, pooled, top_mean
from ...registry import MODELS, build_part
from ...schema import Settings
from ..features import Features, FeatureSpec
from ..losses import share_entropy
from .base_segment_head import BaseSegmentHead, SegmentLabels, SegmentTruth
from .tower import PredictionTower


class SegmentLogits(NamedTuple):
    """Output of the head for each segment.

    Attributes:
        logits: (B, T, K) scores before the sigmoid, averaged over levels.
        mask: (B, T) bool, True = valid.
        finest: (B, T, K) scores of the first level alone.
    """

    logits: Tensor
    mask: Tensor
    finest: Tensor


class AVELTestCfg(Settings):
    """Test settings of :class:`AVELHead`.

    Attributes:
        one_event: Whether all events of a video have the same class, the one with the highest
            mean score over time; their segments are then determined by the finest level.
        score_thr: Threshold with ``background='threshold'``, to be chosen on validation.
    """

    one_event: bool = False
    score_thr: Probability = 0.35


@MODELS.register_module()
class AVELHead(BaseSegmentHead):
    """Classifies the steps of each level, and combines the levels to scores of segments.

    The score of a segment is the mean over the steps that cover it. With segment labels, the loss
    is a focal loss over segments, divided by their number. With video labels, the score of a class
    is the mean of its ``top_k`` best segments: with a single one, the others would not be trained;
    with all, short events would be penalized. Labels that are fractions of the segments (the
    setting of PSP and LESP, which contains durations) are compared with the mean over time of a
    softmax instead.

    Args:
        num_classes: Number of classes C without background.
        spec: Sizes of the levels: their channels D, and their strides in segments.
        feat_channels: Channels of the tower.
        supervision: See :class:`BaseSegmentHead`.
        video_label: See :class:`BaseSegmentHead`.
        background: ``'class'``: background is one of K = C + 1 outputs. ``'threshold'``: segments
            in which none of K = C classes exceeds ``score_thr``.
        top_k: Number of segments that determine the score of a video.
        loss_cls: Config of the classification loss, which is summed over predictions.
        test_cfg: Fields of :class:`AVELTestCfg`.
        prior_prob: Initial score of the classification layer.
    """

    TestCfg = AVELTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        feat_channels: PositiveInt = 512,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        background: Literal["class", "threshold"] = "class",
        top_k: PositiveInt = 4,
        loss_cls: Part | None = None,
        test_cfg: dict | None = None,
        prior_prob: Annotated[float, Field(gt=0, lt=1)] = 0.01,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, supervision, video_label, test_cfg, init_cfg)
        if background == "class" and "score_thr" in (test_cfg or {}):
            raise InputError(
                "AVELHead.test_cfg.score_thr: it has no effect with background='class': leave "
                "it out"
            )
        if background == "threshold" and video_label == "proportion":
            raise InputError(
                "AVELHead.video_label: expected 'class' with background='threshold', as the "
                "shares are those of background, too, got 'proportion'"
            )
        self.strides = spec.strides
        self.background = background
        self.top_k = top_k
        self.loss_cls = build_part(MODELS, loss_cls or dict(type="SigmoidFocalLoss"), "loss_cls")
        outputs = num_classes + (background == "class")
        self.cls_tower = PredictionTower(spec.channels, feat_channels, outputs, prior_prob)

    def forward(self, features: Features) -> SegmentLogits:
        """Score each segment.

        Args:
            features: L levels (B, T_l, D).

        Returns:
            SegmentLogits: Scores of the segments.
        """
        levels = self.cls_tower(features.levels, features.level_masks)
        steps = features.mask.shape[1]
        covering = [
            level.repeat_interleave(stride, 1)[:, :steps]
            for level, stride in zip(levels, self.strides, strict=True)
        ]
        return SegmentLogits(torch.stack(covering).mean(0), features.mask, levels[0])

    def loss_by_truth(self, predictions: SegmentLogits, truth: SegmentTruth) -> dict[str, Tensor]:
        """Loss from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            truth: Labels of the segments, or with weak supervision their fractions.

        Returns:
            dict[str, Tensor]: ``loss_cls``, divided by the number of segments or videos.
        """
        logits, mask, _ = predictions
        if truth.labels is None:
            loss = self._video_loss(logits, mask, truth.shares)
        else:
            loss = self._segment_loss(logits, truth.labels)
        return dict(loss_cls=loss)

    def _segment_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """() loss of scores (B, T, K) and labels (B, T), -1 on padding."""
        # Padded segments have no target and the factor 0. Their selection would have to wait for
        # the device.
        valid = labels >= 0
        target = labels[..., None] == torch.arange(logits.shape[-1], device=labels.device)
        return self.loss_cls(logits, target, valid[..., None]) / valid.sum().clamp(min=1)

    def _video_loss(self, logits: Tensor, mask: Tensor, shares: Tensor) -> Tensor:
        """() loss of scores (B, T, K) with mask (B, T), and fractions of labels (B, C + 1)."""
        logits = at_least_float32(logits)
        if self.video_label == "proportion":
            found = pooled(logits.softmax(-1), mask, "mean")
            return share_entropy(found, shares, "sum") / len(shares)
        scores = top_mean(logits, mask, self.top_k)
        return self.loss_cls(scores, shares[:, : logits.shape[-1]]) / len(shares)

    def predict_by_feat(
        self, predictions: SegmentLogits, data_samples: list
    ) -> list[SegmentLabels]:
        """Labels from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): The videos.

        Returns:
            list[SegmentLabels]: One per video, with scores after the sigmoid.
        """
        logits, mask = at_least_float32(predictions.logits), predictions.mask
        self.check_predictions(data_samples, logits * mask[..., None])
        shown = logits
        # (B, T, C): score of each class for segments with an event.
        classes = logits[..., : self.num_classes]
        if self.test_cfg.one_event:
            label = pooled(classes, mask, "mean").argmax(-1, keepdim=True).expand(mask.shape)
            # All levels determine the class, but a step of a coarse level is too long to locate it.
            shown = at_least_float32(predictions.finest)
        else:
            label = classes.argmax(-1)
        best = shown.gather(-1, label[..., None])[..., 0]
        if self.background == "class":
            is_event = best >= shown[..., self.num_classes]
        else:
            is_event = best.sigmoid() > self.test_cfg.score_thr
        labels = torch.where(is_event, label, self.num_classes)
        return self.trimmed(labels, logits.sigmoid(), mask)
