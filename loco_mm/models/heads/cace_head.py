"""The head of CACE-Net (He et al., MM 2024).

Shape letters: B batch, T segments, C classes, D channels.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...arguments import Count, Index, InitCfg, Part, Positive, Weight, checked
from ...ops import at_least_float32, pooled, top_mean
from ...registry import MODELS
from ..layers import GaussianNoise
from .base_segment_head import has_event
from .relevance_head import RelevanceHead, one_hot, relevance_loss


class CACELogits(NamedTuple):
    """What the head says of a video.

    Attributes:
        relevance (Tensor): (B, T) scores of an event, before the sigmoid.
        classes (Tensor): (B, C) scores of the video's class, before the softmax.
        mask (Tensor): (B, T) bool, True = valid.
        stream_classes (Tensor): (B, C) the share of it that the streams say by themselves.
        fused (Tensor): (B, T, D) the features that it was said of.
    """

    relevance: Tensor
    classes: Tensor
    mask: Tensor
    stream_classes: Tensor
    fused: Tensor


@MODELS.register_module()
class CACEHead(RelevanceHead):
    """Relevance and class from fused features, and classes from each stream by itself.

    From ``start_epoch`` on, segments with the event are drawn together and away from the
    background of their video, in a projection that relevance reads from then on, too. What has
    started is a buffer, which checkpoints keep; :class:`SetEpochHook` starts it.

    Args:
        num_classes (int): Classes C, without background.
        in_channels (int): Channels D of the first level; the second has both streams side by side,
            2D.
        top_k (int): Segments whose mean is a stream's score of a class.
        stream_weight (float): Of the streams' scores in the video's.
        query_weight (float): Of the projection in what relevance reads.
        noise (float): Standard deviation of the noise on the other view of a segment.
        temperature (float): Divides the similarities of segments.
        contrastive_weight (float): Of the loss on them.
        start_epoch (int): Epoch, from 0, from which on it counts.
        loss_cls (dict | None): Config of the classification loss, by default
            :class:`SoftmaxLoss`.
        test_cfg (dict | None): As of :class:`RelevanceHead`.
    """

    started: Tensor

    @checked
    def __init__(
        self,
        num_classes: Count,
        in_channels: Count,
        top_k: Count = 4,
        stream_weight: Weight = 0.3,
        query_weight: Weight = 0.6,
        noise: Weight = 0.1,
        temperature: Positive = 0.01,
        contrastive_weight: Weight = 1.0,
        start_epoch: Index = 25,
        loss_cls: Part | None = None,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(
            num_classes,
            in_channels,
            pooling="max",
            loss_cls=loss_cls,
            test_cfg=test_cfg,
            init_cfg=init_cfg,
        )
        self.top_k = top_k
        self.stream_weight = stream_weight
        self.query_weight = query_weight
        self.temperature = temperature
        self.contrastive_weight = contrastive_weight
        self.start_epoch = start_epoch
        self.query = nn.Linear(in_channels, in_channels)
        self.noise = GaussianNoise(noise)
        self.visual_classes = nn.Linear(in_channels, num_classes)
        self.audio_classes = nn.Linear(in_channels, num_classes)
        self.register_buffer("started", torch.tensor(start_epoch == 0))

    def set_epoch(self, epoch: int) -> None:
        """Start what starts with an epoch, counted from 0."""
        if epoch >= self.start_epoch:
            self.started.fill_(True)

    def forward(  # type: ignore[override]
        self, features: list[Tensor], masks: list[Tensor]
    ) -> CACELogits:
        """Score segments and videos.

        Args:
            features (list[Tensor]): Fused features (B, T, D), and both streams (B, T, 2D), 0 on
                padding.
            masks (list[Tensor]): Their mask (B, T) bool, True = valid, twice.
        """
        fused, streams = features
        visual, audio = streams.chunk(2, dim=-1)
        mask = masks[0]
        by_stream = (
            top_mean(self.visual_classes(visual), mask, self.top_k)
            + top_mean(self.audio_classes(audio), mask, self.top_k)
        ) / 2
        projected = self.query_weight * self.started * F.relu(self.query(fused))
        relevance = self.relevance(fused + projected)[..., 0]
        classes = self.classes(pooled(fused, mask, self.pooling)) + self.stream_weight * by_stream
        return CACELogits(relevance, classes, mask, by_stream, fused)

    def loss_by_feat(self, predictions: CACELogits, data_samples: list) -> dict[str, Tensor]:
        """Losses from scores.

        Args:
            predictions (CACELogits): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_segment_labels`` (T_i,) and
                ``gt_video_label`` (C + 1,).

        Returns:
            dict[str, Tensor]: ``loss_relevance``, ``loss_cls``, ``loss_streams``, and
            ``loss_contrastive``, which is 0 until it starts.
        """
        mask = predictions.mask
        target = one_hot(self.video_class(data_samples, mask.device), self.num_outputs)
        truth = self.segment_truth(data_samples, mask)
        contrast = self._contrast(predictions.fused, has_event(truth, self.num_classes), mask)
        return dict(
            loss_relevance=relevance_loss(predictions.relevance, truth, self.num_classes),
            loss_cls=self.loss_cls(predictions.classes, target),
            loss_streams=self.loss_cls(predictions.stream_classes, target),
            loss_contrastive=self.contrastive_weight * self.started * contrast,
        )

    def _contrast(self, fused: Tensor, event: Tensor, mask: Tensor) -> Tensor:
        """() mean over both views of all segments, of (B, T, D), and (B, T) event and mask.

        A segment shall be like itself in the other view, and one with the event like all such in
        both views.
        """
        views = [F.relu(self.query(x)) for x in (fused, self.noise(fused))]
        x = F.normalize(at_least_float32(torch.cat(views, dim=1)), dim=-1)
        scores = x @ x.transpose(1, 2) / self.temperature
        steps = event.shape[1]
        itself = torch.eye(2 * steps, dtype=torch.bool, device=x.device)
        twin = itself.roll(steps, 0)
        event, mask = event.repeat(1, 2), mask.repeat(1, 2)
        valid = mask[:, :, None] & mask[:, None] & ~itself
        like = valid & (twin | (event[:, :, None] & event[:, None]))
        ratio = _log_sum(scores, valid) - _log_sum(scores, like)
        losses = (ratio + like.sum(-1).clamp(min=1).log()) * mask
        return losses.sum() / mask.sum()


def _log_sum(scores: Tensor, chosen: Tensor) -> Tensor:
    """(B, S) logarithms of sums of exponentials, of (B, S, S) scores and what is chosen."""
    # A row without any would be infinite, and its gradient NaN: it is padding, and left out.
    low = torch.finfo(scores.dtype).min
    return scores.masked_fill(~chosen, low).logsumexp(-1)
