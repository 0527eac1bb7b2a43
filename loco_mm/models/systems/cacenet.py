"""Components of CACE-Net (He et al., MM 2024).

Shape letters: B batch, T segments, C classes, N = H * W cells of a map, Dv and Da channels of the
features, D channels of a stream.
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, Part, checked
from ...ops import at_least_float32, pooled, top_mean
from ...registry import MODELS
from ..auxiliary import BaseAuxiliaryLoss
from ..features import Features, FeatureSpec
from ..heads import RelevanceHead, SegmentTruth, has_event, video_class
from ..heads.relevance_head import one_hot, relevance_loss
from ..layers import GaussianNoise
from ..losses import share_entropy
from ..spatial import SpatialChannelAttention
from ..spatial.maps import weighted


class _PlainAttention(nn.Module):
    """Attention with a single head and without scaling."""

    def __init__(self, query_dim: int, memory_dim: int, dim: int, value_dim: int):
        super().__init__()
        self.query = nn.Linear(query_dim, dim)
        self.key = nn.Linear(memory_dim, dim)
        self.value = nn.Linear(memory_dim, value_dim)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """(..., T, D) of queries (..., T, Q) and memory (..., S, M) with mask (..., S)."""
        allowed = None if mask is None else mask[..., None, :]
        return F.scaled_dot_product_attention(
            self.query(query), self.key(memory), self.value(memory), attn_mask=allowed, scale=1.0
        )


@MODELS.register_module()
class CoGuidedAttention(SpatialChannelAttention):
    """Audio-guided visual attention combined with visually guided audio attention.

    Two self-attentions are applied to the cells of a map. The result of the first guides the
    attention over channels (:class:`SpatialChannelAttention`) and, pooled by attention to its own
    mean, gates the selected features. The result of the second attends to the self-attended audio
    of all segments, and gates the audio.

    Args:
        visual_dim: Channels Dv, passed by the model like Da.
        audio_dim: Channels Da.
        hidden_dim: Hidden width of the attentions over channels and cells.
        visual_weight: Weight of the visual gate.
        audio_weight: Weight of the audio gate.
        dropout: Dropout of the embedded cells, and of the self-attentions of cells and segments.
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        hidden_dim: PositiveInt = 256,
        visual_weight: NonNegativeFloat = 0.4,
        audio_weight: NonNegativeFloat = 0.3,
        dropout: DropRate = 0.2,
        init_cfg: InitCfg = None,
    ):
        super().__init__(visual_dim, audio_dim, hidden_dim, dropout, init_cfg)
        self.visual_weight = visual_weight
        self.audio_weight = audio_weight
        attention_dim = max(1, visual_dim // 4)
        self.cells_for_visual = _PlainAttention(visual_dim, visual_dim, attention_dim, visual_dim)
        self.cells_for_audio = _PlainAttention(visual_dim, visual_dim, attention_dim, visual_dim)
        # A single norm for both, as in the authors' code.
        self.cells_norm = nn.LayerNorm(visual_dim)
        self.mean_guide = nn.Linear(visual_dim, hidden_dim)
        self.mean_cells = nn.Linear(visual_dim, hidden_dim)
        self.mean_score = nn.Linear(hidden_dim, 1)
        self.sounds = _PlainAttention(audio_dim, audio_dim, audio_dim, audio_dim)
        self.sounds_norm = nn.LayerNorm(audio_dim)
        self.asked = _PlainAttention(visual_dim, audio_dim, audio_dim, audio_dim)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the attention.

        Args:
            visual: (B, T, H, W, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: Visual (B, T, Dv) and audio (B, T, Da), 0 on padding.

        Raises:
            InputError: The features are not maps, or have other widths.
        """
        cells = self.embedded(visual, audio)
        seen = self.cells_norm(cells + self.drop(self.cells_for_visual(cells, cells)))
        asking = self.cells_norm(cells + self.drop(self.cells_for_audio(cells, cells)))
        guided = self.guided(seen, cells, audio)
        guided = guided + self.visual_weight * self._own(seen).sigmoid() * guided
        heard = self.sounds_norm(audio + self.drop(self.sounds(audio, audio, mask)))
        gate = self.asked(asking.mean(2), heard, mask).sigmoid()
        return guided * mask[..., None], audio * (1 + self.audio_weight * gate)

    def _own(self, cells: Tensor) -> Tensor:
        """(B, T, Dv) from cells (B, T, N, Dv), pooled by attention to their mean."""
        guide = F.relu(self.mean_guide(cells.mean(2)))[:, :, None]
        return weighted(cells, self.mean_score(F.relu(self.mean_cells(cells)) * guide).tanh())


class CACELogits(NamedTuple):
    """Raw predictions for a batch.

    Attributes:
        relevance: (B, T) scores of an event, before the sigmoid.
        classes: (B, C) class scores of the video, before the softmax.
        mask: (B, T) bool, True = valid.
        stream_classes: (B, C) part of these that comes from the separate streams.
        fused: (B, T, D) fused features.
    """

    relevance: Tensor
    classes: Tensor
    mask: Tensor
    stream_classes: Tensor
    fused: Tensor


@MODELS.register_module()
class CACEHead(RelevanceHead):
    """Predicts relevance and class from fused features, and the class from each stream as well.

    From ``start_epoch`` on, a contrastive loss makes segments with the event similar to each other
    and dissimilar to the background of their video, in a projection that is then also used for
    relevance. Whether it has started is a buffer, which is part of checkpoints;
    :class:`SetEpochHook` starts it.

    Args:
        num_classes: Number of classes C without background.
        spec: Sizes of the single level: its channels D, also those of the streams.
        top_k: Number of segments whose mean is a stream's score of a class.
        stream_weight: Weight of the streams' scores in the score of the video.
        query_weight: Weight of the projection in the input for relevance.
        noise: Standard deviation of the noise on the second view of a segment.
        temperature: Temperature of the contrastive loss.
        contrastive_weight: Weight of the contrastive loss.
        start_epoch: First epoch of the contrastive loss, counted from 0.
        loss_cls: Config of the classification loss, by default :class:`SoftmaxLoss`.
        test_cfg: See :class:`RelevanceHead`.
    """

    started: Tensor

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        top_k: PositiveInt = 4,
        stream_weight: NonNegativeFloat = 0.3,
        query_weight: NonNegativeFloat = 0.6,
        noise: NonNegativeFloat = 0.1,
        temperature: PositiveFloat = 0.01,
        contrastive_weight: NonNegativeFloat = 1.0,
        start_epoch: NonNegativeInt = 25,
        loss_cls: Part | None = None,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(
            num_classes,
            spec,
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
        self.query = nn.Linear(spec.channels, spec.channels)
        self.noise = GaussianNoise(noise)
        self.visual_classes = nn.Linear(spec.channels, num_classes)
        self.audio_classes = nn.Linear(spec.channels, num_classes)
        self.register_buffer("started", torch.tensor(start_epoch == 0))

    def set_epoch(self, epoch: int) -> None:
        """Start the contrastive loss at its epoch, counted from 0."""
        if epoch >= self.start_epoch:
            self.started.fill_(True)

    def forward(self, features: Features) -> CACELogits:  # type: ignore[override]
        """Score segments and videos.

        Args:
            features: One level of fused features (B, T, D), and the streams
                ``visual`` and ``audio`` (B, T, D).
        """
        (fused,), mask = features.levels, features.mask
        visual, audio = features.streams["visual"], features.streams["audio"]
        by_stream = (
            top_mean(self.visual_classes(visual), mask, self.top_k)
            + top_mean(self.audio_classes(audio), mask, self.top_k)
        ) / 2
        projected = self.query_weight * self.started * F.relu(self.query(fused))
        relevance = self.relevance(fused + projected)[..., 0]
        classes = self.classes(pooled(fused, mask, self.pooling)) + self.stream_weight * by_stream
        return CACELogits(relevance, classes, mask, by_stream, fused)

    def loss_by_truth(self, predictions: CACELogits, truth: SegmentTruth) -> dict[str, Tensor]:
        """Losses from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            truth: Labels of the segments and of the videos.

        Returns:
            dict[str, Tensor]: ``loss_relevance``, ``loss_cls``, ``loss_streams``, and
            ``loss_contrastive``, which is 0 until it starts.
        """
        mask = predictions.mask
        labels: Any = truth.labels
        target = one_hot(video_class(truth.shares), self.num_outputs)
        contrast = self._contrast(predictions.fused, has_event(labels, self.num_classes), mask)
        return dict(
            loss_relevance=relevance_loss(predictions.relevance, labels, self.num_classes),
            loss_cls=self.loss_cls(predictions.classes, target),
            loss_streams=self.loss_cls(predictions.stream_classes, target),
            loss_contrastive=self.contrastive_weight * self.started * contrast,
        )

    def _contrast(self, fused: Tensor, event: Tensor, mask: Tensor) -> Tensor:
        """() contrastive loss of features (B, T, D), with event and mask (B, T).

        It is the mean over both views of all segments. Positives of a segment are its other view
        and, for a segment with the event, all segments with the event in both views.
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
    """(B, S) log of the sum of exponentials over the chosen entries of scores (B, S, S)."""
    # Rows without any entry, which are padding, would be infinite with a gradient of NaN.
    low = torch.finfo(scores.dtype).min
    return scores.masked_fill(~chosen, low).logsumexp(-1)


@MODELS.register_module()
class GateLoss(BaseAuxiliaryLoss):
    """Trains gates to be open in segments with the event.

    Args:
        sigmoid: Whether to apply a sigmoid to the product of the gates, which is in [0, 1]. The
            authors' code does so; scores then only range from sigmoid(0) = 0.5 to sigmoid(1) =
            0.73.
        **kwargs: See :class:`BaseAuxiliaryLoss`.
    """

    reads_segments = True

    @checked
    def __init__(self, sigmoid: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.sigmoid = sigmoid

    def forward(self, features: Features, labels: Tensor) -> Tensor:
        """() binary cross-entropy, averaged over the segments.

        Args:
            features: Uses the stream ``gates`` (B, T), the product of the gates.
            labels: See :meth:`BaseAuxiliaryLoss.read_labels`.
        """
        gates = features.streams["gates"]
        if self.sigmoid:
            return self.loss_weight * relevance_loss(gates, labels, self.num_classes)
        there, event = labels >= 0, has_event(labels, self.num_classes)
        entropy = share_entropy(at_least_float32(gates), event, "none") * there
        return self.loss_weight * entropy.sum() / there.sum().clamp(min=1)
