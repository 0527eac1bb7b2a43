"""What every head that labels segments has in common.

Shape letters: B batch, T steps, T_i valid steps of a video, C classes; label C is background.
"""

from abc import abstractmethod
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...arguments import InitCfg, checked
from ...errors import InputError
from ...tasks import SEGMENTS
from .base_av_head import BaseAVHead


class SegmentLabels(NamedTuple):
    """What is found in a video.

    Attributes:
        labels: (T_i,) long label of each segment, C for background.
        scores: (T_i, K) score of each label, by label; K is C + 1, or C where background
            is what no class is found in.
    """

    labels: Tensor
    scores: Tensor


def has_event(labels: Tensor, num_classes: int) -> Tensor:
    """Where there is an event, bool, of labels of segments: C for background, -1 on padding."""
    return (labels >= 0) & (labels < num_classes)


class BaseSegmentHead(BaseAVHead):
    """A head whose findings are labels of segments, :class:`SegmentLabels` a video.

    Args:
        num_classes: Classes C, without background; the run checks it against the dataset's.
        supervision: ``'fully'``: training reads the labels of segments; ``'weakly'``: the
            label of the video only. It must be the dataset's.
        video_label: With weak supervision, what the label of a video is: ``'class'``, or
            ``'proportion'``, the share of its segments that each label has. It must be the
            dataset's.
        test_cfg: As of :class:`BaseAVHead`.
    """

    task = SEGMENTS

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
        """Labels from raw predictions, a video each."""

    @staticmethod
    def segment_truth(data_samples: list, mask: Tensor) -> Tensor:
        """(B, T) long labels of the segments, -1 on padding.

        Args:
            data_samples (list[ActionDataSample]): With ``gt_segment_labels`` (T_i,).
            mask: (B, T) bool, True = valid.

        Raises:
            InputError: A sample has none, or not as many as valid steps can be.
        """
        for sample in data_samples:
            if "gt_segment_labels" not in sample:
                raise InputError(
                    f"video {sample.get('video_id', '?')}: expected labels of its segments, as "
                    "model.head.supervision is 'fully', got none: set the dataset's supervision to "
                    "'fully', or the head's to 'weakly'"
                )
        labels = pad_sequence(
            [sample.gt_segment_labels for sample in data_samples],
            batch_first=True,
            padding_value=-1,
        ).to(mask.device)
        if labels.shape[1] > mask.shape[1]:
            raise InputError(
                f"expected labels of at most {mask.shape[1]} segments, got {labels.shape[1]}"
            )
        pad = mask.shape[1] - labels.shape[1]
        return F.pad(labels, (0, pad), value=-1)

    @staticmethod
    def video_truth(data_samples: list, device: torch.device) -> Tensor:
        """(B, C + 1) float32 shares of the labels in each video, by label."""
        return torch.stack([sample.gt_video_label for sample in data_samples]).to(device)

    @staticmethod
    def video_class(data_samples: list, device: torch.device) -> Tensor:
        """(B,) long class of each video's event, -1 for a video without."""
        shares = BaseSegmentHead.video_truth(data_samples, device)[:, :-1]
        best, label = shares.max(-1)
        return torch.where(best > 0, label, -1)

    @staticmethod
    def trimmed(labels: Tensor, scores: Tensor, mask: Tensor) -> list[SegmentLabels]:
        """Findings of a batch without what stands on padding.

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
