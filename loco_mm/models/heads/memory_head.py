"""The head of LESP (Ge et al., MM 2023).

Shape letters: B batch, T segments, C classes, S remembered segments of a class, D channels.
"""

from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...arguments import Count, InitCfg, Positive, Share, ShareBelowOne, Weight, checked
from ...ops import at_least_float32, pooled
from ...registry import MODELS
from ..losses import share_entropy
from .base_segment_head import BaseSegmentHead, SegmentLabels, has_event
from .relevance_head import relevance_loss, relevant_labels


class MemoryPredictions(NamedTuple):
    """What the head says of a video.

    Attributes:
        relevance (Tensor): (B, T) scores of an event, before the sigmoid.
        classes (Tensor): (B, C) scores of the video's class, before the softmax.
        prototypes (Tensor): (B, C) the same, from distances to what is remembered of each class.
        stream_classes (Tensor): (2, B, T, C) the same of segments, from each stream by itself.
        fused (Tensor): (B, T, D) the features that it was said of.
        memory (Tensor): (C, S, D) what is remembered.
        mask (Tensor): (B, T) bool, True = valid.
    """

    relevance: Tensor
    classes: Tensor
    prototypes: Tensor
    stream_classes: Tensor
    fused: Tensor
    memory: Tensor
    mask: Tensor


@MODELS.register_module()
class MemoryHead(BaseSegmentHead):
    """Finds class and relevance by the distance to what is remembered of the classes.

    The class is that whose mean is nearest to the segments; a segment is relevant if it is nearer
    than ``margin`` to one that is remembered of that class. The linear layers for relevance and
    class train the features; at test time, that for the class counts with weak supervision only.

    Args:
        num_classes (int): Classes C, without background.
        in_channels (int): Channels D of all features.
        supervision (str): As of :class:`BaseSegmentHead`.
        video_label (str): As of :class:`BaseSegmentHead`. With ``'proportion'``, as published, the
            mean relevance of a video is to be its share of segments with an event.
        eventless (str): With weak supervision, what videos without an event are, save for
            relevance: ``'skip'``: left out. ``'first'``: as in the authors' code, of class 0, in
            the memory, too.
        margin (float): Of distances, which are divided by the square root of D.
        temperature (float): Divides the distances to the classes' means.
        unimodal_weight (float): Of the loss of each stream by itself.
        prototype_weight (float): Of the loss of distances to the classes' means.
        contrastive_weight (float): Of the loss of distances to what is remembered.
        dropout (float): On the scores of relevance and class.
        test_cfg (dict | None): ``score_thr``: segments that score more have the event.
    """

    TEST_CFG = dict(score_thr=0.5)
    TEST_CFG_TYPES = dict(score_thr=Share)

    @checked
    def __init__(
        self,
        num_classes: Count,
        in_channels: Count,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        eventless: Literal["skip", "first"] = "skip",
        margin: Weight = 0.7,
        temperature: Positive = 0.1,
        unimodal_weight: Weight = 0.01,
        prototype_weight: Weight = 0.1,
        contrastive_weight: Weight = 0.1,
        dropout: ShareBelowOne = 0.2,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, supervision, video_label, test_cfg, init_cfg)
        self.eventless = eventless
        self.margin = margin
        self.temperature = temperature
        self.weights = (unimodal_weight, prototype_weight, contrastive_weight)
        self.relevance = nn.Linear(in_channels, 1)
        self.classes = nn.Linear(in_channels, num_classes)
        self.visual_classes = nn.Linear(in_channels, num_classes)
        self.audio_classes = nn.Linear(in_channels, num_classes)
        self.drop = nn.Dropout(dropout)

    def agreement(self, streams: tuple[Tensor, ...], mask: Tensor, data_samples: list) -> Tensor:
        """How well sight and sound of a segment fit: 1 less their Jensen-Shannon divergence.

        Args:
            streams (tuple[Tensor, Tensor]): Visual and audio stream (B, T, D).
            mask (Tensor): (B, T) bool, True = valid.
            data_samples (list[ActionDataSample]): With full supervision, ``gt_segment_labels``:
                segments with the event score 1 more.

        Returns:
            Tensor: (B, T), less than 0 on padding.
        """
        seen, heard = (at_least_float32(x).log_softmax(-1) for x in self._stream_classes(*streams))
        mean = ((seen.exp() + heard.exp()) / 2).log()
        apart = seen.exp() * (seen - mean) + heard.exp() * (heard - mean)
        scores = 1 - apart.sum(-1) / 2
        if self.supervision == "fully":
            truth = self.segment_truth(data_samples, mask)
            scores = scores + has_event(truth, self.num_classes)
        return scores.masked_fill(~mask, -1)

    def memory_class(self, data_samples: list, device: torch.device) -> Tensor:
        """(B,) long class that a video is remembered for, -1 for none."""
        label = self.video_class(data_samples, device)
        first = self.supervision == "weakly" and self.eventless == "first"
        return label.clamp(min=0) if first else label

    def forward(self, features: list[Tensor], masks: list[Tensor]) -> MemoryPredictions:
        """Score segments and videos.

        Args:
            features (list[Tensor]): Fused features, visual and audio stream (B, T, D), 0 on
                padding, and the memory (C, S, D).
            masks (list[Tensor]): Their mask (B, T) bool, True = valid.
        """
        fused, seen, heard, memory = features
        mask = masks[0]
        apart = _distance(fused, memory.mean(1)[None])
        return MemoryPredictions(
            relevance=self.drop(self.relevance(fused)[..., 0]),
            classes=self.drop(pooled(self.classes(fused), mask, "mean")),
            prototypes=-pooled(apart, mask, "mean") / self.temperature,
            stream_classes=self._stream_classes(seen, heard),
            fused=fused,
            memory=memory,
            mask=mask,
        )

    def loss_by_feat(self, predictions: MemoryPredictions, data_samples: list) -> dict[str, Tensor]:
        """Losses from scores.

        Args:
            predictions (MemoryPredictions): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_video_label`` (C + 1,), and with full
                supervision ``gt_segment_labels`` (T_i,).

        Returns:
            dict[str, Tensor]: ``loss_relevance``, ``loss_cls``, and with their weights
            ``loss_streams``, ``loss_prototypes`` and ``loss_contrastive``.
        """
        mask = predictions.mask
        label = self.memory_class(data_samples, mask.device)
        unimodal, prototype, contrastive = self.weights
        if self.supervision == "fully":
            truth = self.segment_truth(data_samples, mask)
            event = has_event(truth, self.num_classes)
            of_segments = truth.masked_fill(~event, -1)
            relevance = relevance_loss(predictions.relevance, truth, self.num_classes)
        else:
            event = None
            of_segments = label[:, None].expand(mask.shape).masked_fill(~mask, -1)
            found = _mean(at_least_float32(predictions.relevance).sigmoid(), mask)
            wanted = 1 - self.video_truth(data_samples, mask.device)[:, -1]
            relevance = share_entropy(found, wanted, "mean")
        seen, heard = (_entropy(x, of_segments, mask) for x in predictions.stream_classes)
        there = label >= 0
        return dict(
            loss_relevance=relevance,
            loss_cls=_entropy(predictions.classes, label, there),
            loss_streams=unimodal * (seen + heard),
            loss_prototypes=prototype * _entropy(predictions.prototypes, label, there),
            loss_contrastive=contrastive * self._contrast(predictions, label, event),
        )

    def predict_by_feat(
        self, predictions: MemoryPredictions, data_samples: list
    ) -> list[SegmentLabels]:
        """Labels from scores.

        Args:
            predictions (MemoryPredictions): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): Their videos.

        Returns:
            list[SegmentLabels]: A video each, with scores as of :class:`RelevanceHead`.
        """
        mask = predictions.mask
        self.check_predictions(data_samples, predictions.fused, predictions.prototypes)
        shares = at_least_float32(predictions.prototypes).softmax(-1)
        if self.supervision == "weakly":
            shares = (shares + at_least_float32(predictions.classes).softmax(-1)) / 2
        nearest = _distance(predictions.fused, predictions.memory[shares.argmax(-1)]).amin(-1)
        relevance = (self.margin - nearest).sigmoid()
        threshold = self.test_cfg["score_thr"]
        labels, scores = relevant_labels(relevance, shares, threshold, self.num_classes)
        return self.trimmed(labels, scores, mask)

    def _stream_classes(self, seen: Tensor, heard: Tensor) -> Tensor:
        """(2, B, T, C) scores of the streams."""
        return torch.stack([self.visual_classes(seen), self.audio_classes(heard)])

    def _contrast(
        self, predictions: MemoryPredictions, label: Tensor, event: Tensor | None
    ) -> Tensor:
        """() mean over the videos of a class, of labels (B,) and events (B, T), if they are known.

        Segments with the event shall not be far from any that is remembered of their class, others
        farther than the margin from all.
        """
        mask, known = predictions.mask, label >= 0
        apart = _distance(predictions.fused, predictions.memory[label.clamp(min=0)])
        far, near = apart.amax(-1), F.relu(self.margin - apart.amin(-1))
        if event is not None:
            losses = _mean(far, event) + _mean(near, mask & ~event)
        else:
            share = at_least_float32(predictions.relevance).sigmoid()
            losses = _mean(share * far + (1 - share) * near, mask)
        return (losses * known).sum() / known.sum().clamp(min=1)


def _distance(one: Tensor, other: Tensor) -> Tensor:
    """(B, T, S) Euclidean distances over the square root of D, of (B, T, D) and (B, S, D)."""
    one, other = at_least_float32(one), at_least_float32(other)
    apart = torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist")
    return apart / one.shape[-1] ** 0.5


def _entropy(logits: Tensor, labels: Tensor, counted: Tensor) -> Tensor:
    """() cross-entropy of (..., C) with (...) labels, -1 for none, over those that are counted."""
    total = F.cross_entropy(
        at_least_float32(logits).flatten(0, -2), labels.flatten(), ignore_index=-1, reduction="sum"
    )
    return total / counted.sum().clamp(min=1)


def _mean(values: Tensor, chosen: Tensor) -> Tensor:
    """(B,) means of (B, T) values over the chosen ones; 0 for none."""
    return (values * chosen).sum(1) / chosen.sum(1).clamp(min=1)
