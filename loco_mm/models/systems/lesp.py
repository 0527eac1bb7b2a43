"""Components of LESP (Ge et al., MM 2023).

Shape letters: B batch, T segments, C classes, S entries of a class, N = H * W cells of a map, Dv
and Da channels of the features, D channels of a stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, Part, Probability, checked
from ...ops import at_least_float32, pooled
from ...ops.gather import gather_rows
from ...registry import MODELS, build_part
from ...schema import Settings
from ..features import Features, FeatureSpec, Levels
from ..heads import BaseSegmentHead, SegmentLabels, SegmentTruth, has_event, video_class
from ..heads.relevance_head import relevance_loss, relevant_labels
from ..layers import PostNormLayer, SinusoidPosition, TemporalConv, check_channels
from ..localizers import AVSegmentClassifier
from ..losses import share_entropy
from ..spatial.maps import cells_of


@MODELS.register_module()
class CellEncoder(BaseModule):
    """Computes two audio-visual streams, from spatial and from temporal attention.

    Spatial: self-attention over the cells of a segment, to which its audio attends. Temporal:
    self-attention over segments within each modality, using the mean of the cells; then the audio
    attends to the visual segments. There is no temporal position encoding.

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        spec: Sizes of the output streams: their width D.
        num_heads: Number of attention heads.
        mlp_channels: Hidden width of the MLPs.
        num_layers: Number of layers of each of the five transformers.
        num_cells: Number of cells N.
        dropout: Dropout of all layers, and of the position encoding of the cells.
        embed_dropout: Dropout of the embeddings.
    """

    takes_maps = True

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        mlp_channels: PositiveInt = 1024,
        num_layers: PositiveInt = 1,
        num_cells: PositiveInt = 49,
        dropout: DropRate = 0.1,
        embed_dropout: DropRate = 0.2,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.num_cells = num_cells
        dim = spec.channels

        def embedding(channels: int) -> nn.Sequential:
            first, second = nn.Linear(channels, dim), nn.Linear(dim, dim)
            return nn.Sequential(first, nn.LeakyReLU(), second, nn.Dropout(embed_dropout))

        def layers() -> nn.ModuleList:
            return nn.ModuleList(
                PostNormLayer(dim, num_heads, mlp_channels, dropout) for _ in range(num_layers)
            )

        self.visual_embed, self.audio_embed = embedding(visual_dim), embedding(audio_dim)
        self.position = SinusoidPosition(dim, num_cells)
        self.drop = nn.Dropout(dropout)
        self.cells, self.in_space = layers(), layers()
        self.visual, self.audio, self.in_time = layers(), layers(), layers()

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual: (B, T, H, W, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: (B, T, D) each, 0 on padding: ``in_space`` and ``in_time``, and
            ``visual`` and ``audio``, the separate streams.

        Raises:
            InputError: The features are not maps of N cells, or have other widths.
        """
        cells = cells_of(visual, self.num_cells, "encoder")
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        sound = self.audio_embed(audio)
        cells = self.visual_embed(cells).flatten(0, 1)
        # The table is scaled by 1 / sqrt(D), which is undone here.
        cells = self.drop(cells + self.position.table * cells.shape[-1] ** 0.5)
        cells = _through(self.cells, cells, cells)
        in_space = _through(self.in_space, sound.flatten(0, 1)[:, None], cells)
        in_space = in_space[:, 0].unflatten(0, mask.shape)
        seen = cells.mean(1).unflatten(0, mask.shape)
        seen = _through(self.visual, seen, seen, mask)
        heard = _through(self.audio, sound, sound, mask)
        in_time = _through(self.in_time, heard, seen, mask)
        keep = mask[..., None]
        streams = dict(in_space=in_space, in_time=in_time, visual=seen, audio=heard)
        return {name: stream * keep for name, stream in streams.items()}


def _through(
    layers: nn.ModuleList, query: Tensor, memory: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Apply all layers to queries; in self-attention, a layer's memory is its own input."""
    itself = memory is query
    for layer in layers:
        query = layer(query, query if itself else memory, mask)
    return query


@MODELS.register_module()
class ConvFusion(BaseModule):
    """Fuses the spatial and temporal streams by two convolutions and a LayerNorm.

    Args:
        spec: Sizes of the streams: their channels D, also those of the level.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        dim = spec.channels
        self.out_spec = FeatureSpec(dim, (1,), spec.max_len)
        self.first = TemporalConv(2 * dim, dim)
        self.second = TemporalConv(dim, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, streams: Mapping[str, Tensor], mask: Tensor) -> Levels:
        """Fuse both streams.

        Args:
            streams: ``in_space`` and ``in_time`` (B, T, D), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: One level (B, T, D), 0 on padding.
        """
        keep = mask[..., None]
        both = torch.cat([streams["in_space"], streams["in_time"]], dim=-1)
        x = F.leaky_relu(self.first(both)) * keep
        return Levels([self.norm(self.second(x)) * keep], [mask])


class Candidates(NamedTuple):
    """One segment of each video, as a candidate for the memory.

    Attributes:
        visual: (B, H, W, Dv).
        audio: (B, Da).
        scores: (B,) audio-visual agreement; positive.
        labels: (B,) long, -1 for none.
    """

    visual: Tensor
    audio: Tensor
    scores: Tensor
    labels: Tensor


class _Entry(NamedTuple):
    """Source of an entry of a class: the index of an old entry or, after those, of a candidate."""

    score: float
    key: float
    source: int


@MODELS.register_module()
class SegmentMemory(BaseModule):
    """Stores, for each class, the features of the segments with the best audio-visual agreement.

    Entries are identified by the sum of their audio features, so that none is stored twice. With
    several processes, the candidates of all are added in the order of their ranks, so that the
    memories stay equal; in the authors' code, only those of the first process are added.

    Args:
        num_classes: Number of classes C of the head.
        visual_dim: Channels Dv, passed by the model like Da.
        audio_dim: Channels Da.
        bank_size: Number of entries S per class.
        cells (Sequence[int]): H and W.
    """

    visual: Tensor
    audio: Tensor
    scores: Tensor

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        bank_size: PositiveInt = 32,
        cells: Annotated[Sequence[PositiveInt], Field(min_length=2, max_length=2)] = (7, 7),
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        slots = (num_classes, bank_size)
        self.register_buffer("visual", torch.zeros(*slots, *cells, visual_dim))
        self.register_buffer("audio", torch.zeros(*slots, audio_dim))
        # 0 marks an empty entry.
        self.register_buffer("scores", torch.zeros(slots))

    def inputs(self) -> dict[str, Tensor]:
        """All entries as a batch of C videos of S segments: visual, audio, and a mask (C, S)."""
        mask = torch.ones_like(self.scores, dtype=torch.bool)
        return dict(visual=self.visual, audio=self.audio, mask=mask)

    @torch.no_grad()
    def update(self, candidates: Candidates) -> None:
        """Add candidates with a higher score than the worst entry of their class.

        Args:
            candidates: Candidates of this process.
        """
        floats = candidates._replace(labels=candidates.labels.to(candidates.audio.dtype))
        everyone, _ = gather_rows(floats)
        size, rows = self.scores.shape[1], self._table(everyone)
        old, new = rows[: self.scores.numel()], rows[self.scores.numel() :]
        kept: dict[int, list[_Entry]] = {}
        for number, (score, key, place) in enumerate(new):
            label = int(place)
            if label < 0 or not score > 0:  # also excludes NaN
                continue
            if label not in kept:
                slots = enumerate(old[label * size : (label + 1) * size])
                kept[label] = [_Entry(score, key, slot) for slot, (score, key, _) in slots]
            entries = kept[label]
            if all(entry.key != key or not entry.score for entry in entries):
                entries.append(_Entry(score, key, size + number))
                entries.sort(key=lambda entry: -entry.score)
                del entries[size:]
        for label, entries in kept.items():
            self._keep(label, [entry.source for entry in entries], everyone)

    def _table(self, candidates: Candidates) -> list[list[float]]:
        """Score, key and label of all entries, class by class, followed by the candidates.

        The selection runs on the CPU, with a single device synchronization.
        """
        scores = torch.cat([self.scores.flatten(), candidates.scores])
        # A single sum over all, so that equal audio features have bitwise equal keys.
        keys = torch.cat([self.audio.flatten(0, 1), candidates.audio]).sum(-1)
        labels = torch.arange(len(self.scores), device=scores.device)
        labels = torch.cat([labels.repeat_interleave(self.scores.shape[1]), candidates.labels])
        return torch.stack([scores, keys, labels], dim=1).tolist()

    def _keep(self, label: int, sources: list[int], candidates: Candidates) -> None:
        """Replace the entries of a class."""
        index = torch.tensor(sources, device=self.scores.device)
        for name in ("visual", "audio", "scores"):
            bank = getattr(self, name)
            new = getattr(candidates, name).to(bank.dtype)
            bank[label] = torch.cat([bank[label], new]).index_select(0, index)


@dataclass(frozen=True, eq=False)
class MemoryFeatures(Features):
    """Features of a batch and of the memory.

    Attributes:
        memory: (C, S, D) fused level of the memory.
    """

    memory: Tensor = field(kw_only=True)


class MemoryPredictions(NamedTuple):
    """Raw predictions for a batch.

    Attributes:
        relevance: (B, T) scores of an event, before the sigmoid.
        classes: (B, C) class scores of the video, before the softmax.
        prototypes: (B, C) the same, from the distances to the class means of the memory.
        stream_classes: (2, B, T, C) class scores of segments, from each stream separately.
        fused: (B, T, D) fused features.
        memory: (C, S, D) fused features of the memory.
        mask: (B, T) bool, True = valid.
    """

    relevance: Tensor
    classes: Tensor
    prototypes: Tensor
    stream_classes: Tensor
    fused: Tensor
    memory: Tensor
    mask: Tensor


class MemoryTestCfg(Settings):
    """Test settings of :class:`MemoryHead`.

    Attributes:
        score_thr: Segments with a higher score contain the event.
    """

    score_thr: Probability = 0.5


@MODELS.register_module()
class MemoryHead(BaseSegmentHead):
    """Predicts class and relevance from distances to the entries of the memory.

    The class is the one whose mean is nearest to the segments; a segment is relevant if its
    distance to an entry of that class is below ``margin``. The linear layers for relevance and
    class train the features; in testing, the latter is used with weak supervision only.

    Args:
        num_classes: Number of classes C without background.
        spec: Sizes of the single level: its channels D, also those of all other features.
        supervision: See :class:`BaseSegmentHead`.
        video_label: See :class:`BaseSegmentHead`. With ``'proportion'``, as published, the mean
            relevance of a video is trained to equal its fraction of segments with an event.
        no_event: Class of videos without an event in weak supervision, except for relevance:
            ``'skip'``: they are ignored. ``'class0'``: class 0, as in the authors' code, also in
            the memory.
        margin: Margin of distances, which are divided by the square root of D.
        temperature: Temperature of the distances to the class means.
        unimodal_weight: Weight of the loss of each separate stream.
        prototype_weight: Weight of the loss of distances to the class means.
        contrastive_weight: Weight of the loss of distances to the memory's entries.
        dropout: Dropout of the scores of relevance and class.
        test_cfg: Fields of :class:`MemoryTestCfg`.
    """

    reads_videos = True
    TestCfg = MemoryTestCfg

    @checked
    def __init__(
        self,
        num_classes: PositiveInt,
        spec: FeatureSpec,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        no_event: Literal["skip", "class0"] = "skip",
        margin: NonNegativeFloat = 0.7,
        temperature: PositiveFloat = 0.1,
        unimodal_weight: NonNegativeFloat = 0.01,
        prototype_weight: NonNegativeFloat = 0.1,
        contrastive_weight: NonNegativeFloat = 0.1,
        dropout: DropRate = 0.2,
        test_cfg: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(num_classes, supervision, video_label, test_cfg, init_cfg)
        self.no_event = no_event
        self.margin = margin
        self.temperature = temperature
        self.weights = (unimodal_weight, prototype_weight, contrastive_weight)
        self.relevance = nn.Linear(spec.channels, 1)
        self.classes = nn.Linear(spec.channels, num_classes)
        self.visual_classes = nn.Linear(spec.channels, num_classes)
        self.audio_classes = nn.Linear(spec.channels, num_classes)
        self.drop = nn.Dropout(dropout)

    def agreement(self, features: Features, truth: SegmentTruth) -> Tensor:
        """Audio-visual agreement of segments: 1 minus the streams' Jensen-Shannon divergence.

        Args:
            features: Uses the streams ``visual`` and ``audio`` (B, T, D).
            truth: With full supervision, the score of segments with the event is increased by 1.

        Returns:
            Tensor: (B, T), negative on padding.
        """
        by_stream = self._stream_classes(features)
        seen, heard = (at_least_float32(x).log_softmax(-1) for x in by_stream)
        mean = ((seen.exp() + heard.exp()) / 2).log()
        apart = seen.exp() * (seen - mean) + heard.exp() * (heard - mean)
        scores = 1 - apart.sum(-1) / 2
        if truth.labels is not None:
            scores = scores + has_event(truth.labels, self.num_classes)
        return scores.masked_fill(~features.mask, -1)

    def memory_class(self, truth: SegmentTruth) -> Tensor:
        """(B,) long class under which a video's segment is stored, -1 for none."""
        label = video_class(truth.shares)
        first = self.supervision == "weakly" and self.no_event == "class0"
        return label.clamp(min=0) if first else label

    def forward(self, features: MemoryFeatures) -> MemoryPredictions:  # type: ignore[override]
        """Score segments and videos.

        Args:
            features: One level of fused features (B, T, D), the streams ``visual``
                and ``audio`` (B, T, D), and the memory (C, S, D).
        """
        (fused,), mask, memory = features.levels, features.mask, features.memory
        apart = _distance(fused, memory.mean(1)[None])
        return MemoryPredictions(
            relevance=self.drop(self.relevance(fused)[..., 0]),
            classes=self.drop(pooled(self.classes(fused), mask, "mean")),
            prototypes=-pooled(apart, mask, "mean") / self.temperature,
            stream_classes=self._stream_classes(features),
            fused=fused,
            memory=memory,
            mask=mask,
        )

    def loss_by_truth(
        self, predictions: MemoryPredictions, truth: SegmentTruth
    ) -> dict[str, Tensor]:
        """Losses from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            truth: Labels of the videos, and with full supervision of the segments.

        Returns:
            dict[str, Tensor]: ``loss_relevance``, ``loss_cls``, and the weighted ``loss_streams``,
            ``loss_prototypes`` and ``loss_contrastive``.
        """
        mask = predictions.mask
        label = self.memory_class(truth)
        unimodal, prototype, contrastive = self.weights
        if truth.labels is not None:
            event = has_event(truth.labels, self.num_classes)
            of_segments = truth.labels.masked_fill(~event, -1)
            relevance = relevance_loss(predictions.relevance, truth.labels, self.num_classes)
        else:
            event = None
            of_segments = label[:, None].expand(mask.shape).masked_fill(~mask, -1)
            found = _mean(at_least_float32(predictions.relevance).sigmoid(), mask)
            wanted = 1 - truth.shares[:, -1]
            relevance = share_entropy(found, wanted, "mean")
        seen, heard = (_entropy(x, of_segments, mask) for x in predictions.stream_classes)
        has_class = label >= 0
        return dict(
            loss_relevance=relevance,
            loss_cls=_entropy(predictions.classes, label, has_class),
            loss_streams=unimodal * (seen + heard),
            loss_prototypes=prototype * _entropy(predictions.prototypes, label, has_class),
            loss_contrastive=contrastive * self._contrast(predictions, label, event),
        )

    def predict_by_feat(
        self, predictions: MemoryPredictions, data_samples: list
    ) -> list[SegmentLabels]:
        """Labels from raw predictions.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): The videos.

        Returns:
            list[SegmentLabels]: One per video, with scores as in :class:`RelevanceHead`.
        """
        mask = predictions.mask
        self.check_predictions(data_samples, predictions.fused, predictions.prototypes)
        shares = at_least_float32(predictions.prototypes).softmax(-1)
        if self.supervision == "weakly":
            shares = (shares + at_least_float32(predictions.classes).softmax(-1)) / 2
        nearest = _distance(predictions.fused, predictions.memory[shares.argmax(-1)]).amin(-1)
        relevance = (self.margin - nearest).sigmoid()
        threshold = self.test_cfg.score_thr
        labels, scores = relevant_labels(relevance, shares, threshold, self.num_classes)
        return self.trimmed(labels, scores, mask)

    def _stream_classes(self, features: Features) -> Tensor:
        """(2, B, T, C) class scores of the streams."""
        seen, heard = features.streams["visual"], features.streams["audio"]
        return torch.stack([self.visual_classes(seen), self.audio_classes(heard)])

    def _contrast(
        self, predictions: MemoryPredictions, label: Tensor, event: Tensor | None
    ) -> Tensor:
        """() contrastive loss of labels (B,) and, if known, events (B, T), averaged over videos.

        Segments with the event are pulled to all entries of their class; other segments are pushed
        away from these up to the margin.
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
    """() cross-entropy of (..., C) with labels (...), -1 for none, averaged where ``counted``."""
    total = F.cross_entropy(
        at_least_float32(logits).flatten(0, -2), labels.flatten(), ignore_index=-1, reduction="sum"
    )
    return total / counted.sum().clamp(min=1)


def _mean(values: Tensor, chosen: Tensor) -> Tensor:
    """(B,) means of values (B, T) over the chosen ones; 0 if there are none."""
    return (values * chosen).sum(1) / chosen.sum(1).clamp(min=1)


@MODELS.register_module()
class MemorySegmentClassifier(AVSegmentClassifier):
    """Labels segments with the help of a memory of segments of each class.

    In each training step the best segment of each video, according to the head, is a candidate for
    the memory. Encoder and pyramid process the whole memory as a batch of C videos with S segments;
    the head receives :class:`MemoryFeatures`.

    Args:
        memory: Config of the memory, which is built with ``num_classes``, ``visual_dim`` and
            ``audio_dim``.
        **kwargs: See :class:`AVSegmentClassifier`. The head needs the methods ``agreement`` and
            ``memory_class`` of :class:`MemoryHead`.
    """

    @checked
    def __init__(self, memory: Part, **kwargs):
        super().__init__(**kwargs)
        shared = dict(num_classes=self.num_classes, **self.feature_widths)
        self.memory = build_part(MODELS, memory, "memory", **shared)

    def extract_feat(self, inputs: dict[str, Tensor]) -> MemoryFeatures:
        """Features of a batch, and of the current memory."""
        return self._with_memory(super().extract_feat(inputs))

    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch, after its best segments have been added to the memory."""
        features = super().extract_feat(inputs)
        self._remember(inputs, features, data_samples)
        return self.losses(self._with_memory(features), data_samples)

    def _with_memory(self, features: Features) -> MemoryFeatures:
        (remembered,) = super().extract_feat(self.memory.inputs()).levels
        return MemoryFeatures(**vars(features), memory=remembered)

    @torch.no_grad()
    def _remember(self, inputs: dict[str, Tensor], features: Features, data_samples: list) -> None:
        truth = self.head.read_truth(features, data_samples)
        score, step = self.head.agreement(features, truth).max(1)
        video = torch.arange(len(step), device=step.device)
        label = self.head.memory_class(truth)
        best: dict[str, Any] = {name: inputs[name][video, step] for name in ("visual", "audio")}
        self.memory.update(Candidates(**best, scores=score, labels=label))
