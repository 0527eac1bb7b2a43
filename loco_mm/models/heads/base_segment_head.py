"""Base class of heads that label segments.

Shape letters: B batch, T steps, T_i valid steps of a video, C classes; label C is background.
"""

from abc import abstractmethod
from typing import Any, Literal, NamedTuple

import torch
from pydantic import PositiveInt
from torch import Tensor

from ...arguments import InitCfg, checked
from ...errors import InputError
from ...ops import padded, to_device
from ...tasks import SEGMENTS
from .base_av_head import BaseAVHead


class SegmentLabels(NamedTuple):
    """Predictions for a video.

    Attributes:
        labels: (T_i,) long label of each segment, C for background.
        scores: (T_i, K) score of each label; K is C + 1, or C if background is not a class
            of its own.
    """

    labels: Tensor
    scores: Tensor


class SegmentTruth(NamedTuple):
    """Ground truth of a batch.

    Attributes:
        labels: (B, T) long labels of the segments, C for background and -1 on padding; None with
            weak supervision.
        shares (Tensor | None): (B, C + 1) float32 fraction of the segments of each video with each
            label; None with full supervision, unless the head ``reads_videos``.
    """

    labels: Tensor | None
    shares: Any


def has_event(labels: Tensor, num_classes: int) -> Tensor:
    """Bool mask of the segments with an event; labels are C for background and -1 on padding."""
    return (labels >= 0) & (labels < num_classes)


def video_class(shares: Tensor) -> Tensor:
    """(B,) long class of the event of each video, -1 for a video without an event.

    Args:
        shares: (B, C + 1) fractions of the labels, see :class:`SegmentTruth`.
    """
    best, label = shares[:, :-1].max(-1)
    return torch.where(best > 0, label, -1)


class BaseSegmentHead(BaseAVHead):
    """A head that predicts labels of segments, one :class:`SegmentLabels` per video.

    Args:
        num_classes: Number of classes C without background; compared with that of the dataset.
        supervision: ``'fully'``: training uses the labels of segments; ``'weakly'``: only the
            label of the video. It must equal that of the dataset.
        video_label: The label of a video with weak supervision: its class (``'class'``) or the
            fraction of its segments with each label (``'proportion'``). It must equal that of the
            dataset.
        test_cfg: See :class:`BaseAVHead`.

    Attributes:
        reads_videos (bool): Whether losses use the labels of videos with full supervision, too.
    """

    task = SEGMENTS
    reads_videos = False

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, test_cfg, init_cfg)
        self.supervision = supervision
        self.video_label = video_label

    @abstractmethod
    def predict_by_feat(self, predictions: Any, data_samples: list) -> list[SegmentLabels]:
        """Labels from raw predictions, one :class:`SegmentLabels` per video."""

    def read_truth(self, predictions: Any, data_samples: list) -> SegmentTruth:
        """See :meth:`BaseAVHead.read_truth`.

        Args:
            predictions (NamedTuple): Output of :meth:`forward`, with the ``mask`` (B, T).
            data_samples (list[ActionDataSample]): With full supervision, ``gt_segment_labels``
                (T_i,); otherwise, or if the head ``reads_videos``, ``gt_video_label`` (C + 1,).

        Raises:
            InputError: A sample has no labels of segments, or too many.
        """
        mask, fully = predictions.mask, self.supervision == "fully"
        labels = self.segment_truth(data_samples, mask) if fully else None
        reads_videos = self.reads_videos or not fully
        shares = self.video_truth(data_samples, mask.device) if reads_videos else None
        return SegmentTruth(labels, shares)

    @staticmethod
    def segment_truth(data_samples: list, mask: Tensor) -> Tensor:
        """(B, T) long labels of the segments, -1 on padding.

        Args:
            data_samples (list[ActionDataSample]): With ``gt_segment_labels`` (T_i,).
            mask: (B, T) bool, True = valid.

        Raises:
            InputError: A sample has no labels, or more labels than the features have steps.
        """
        for sample in data_samples:
            if "gt_segment_labels" not in sample:
                raise InputError(
                    f"video {sample.get('video_id', '?')}: expected labels of its segments, as "
                    "model.head.supervision is 'fully', got none: set the dataset's supervision to "
                    "'fully', or the head's to 'weakly'"
                )
        labels = [sample.gt_segment_labels for sample in data_samples]
        longest = max(map(len, labels))
        if longest > mask.shape[1]:
            raise InputError(f"expected labels of at most {mask.shape[1]} segments, got {longest}")
        return to_device(padded(labels, mask.shape[1], -1), mask.device)

    @staticmethod
    def video_truth(data_samples: list, device: torch.device) -> Tensor:
        """(B, C + 1) float32 fraction of the segments of each video with each label."""
        shares = torch.stack([sample.gt_video_label for sample in data_samples])
        return to_device(shares, device)

    @staticmethod
    def trimmed(labels: Tensor, scores: Tensor, mask: Tensor) -> list[SegmentLabels]:
        """Predictions for a batch without padded steps.

        Args:
            labels: (B, T) long.
            scores: (B, T, K).
            mask: (B, T) bool, True = valid; the first steps of a sequence.
        """
        counts = mask.sum(1).tolist()
        return [
            SegmentLabels(label[:count], score[:count])
            for label, score, count in zip(labels, scores, counts, strict=True)
        ]
