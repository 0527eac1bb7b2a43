"""LESP (Ge et al., MM 2023): what only it has.

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
from ..heads import BaseSegmentHead, SegmentLabels, has_event
from ..heads.relevance_head import relevance_loss, relevant_labels
from ..layers import PostNormLayer, SinusoidPosition, TemporalConv, check_channels
from ..localizers import AVSegmentClassifier
from ..losses import share_entropy
from ..spatial.maps import cells_of


@MODELS.register_module()
class CellEncoder(BaseModule):
    """Two streams that are both of sight and sound: found in space, and found in time.

    The cells of a segment attend to each other, and its sound to them: that is the first. Their
    mean, and the sound, attend to the segments of their own stream, and then the sound to what is
    seen: that is the second. Time has no position encoding.

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        spec: Sizes of the streams that it gives: their width D.
        num_heads: Attention heads.
        mlp_channels: Hidden width of the MLPs.
        num_layers: Layers of each of the five transformers.
        num_cells: Cells N.
        dropout: In all layers, and on the cells' positions.
        embed_dropout: On the embeddings.
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
            ``visual`` and ``audio``, the streams by themselves.

        Raises:
            InputError: The features are no maps of N cells, or of other widths.
        """
        cells = cells_of(visual, self.num_cells, "encoder")
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        sound = self.audio_embed(audio)
        cells = self.visual_embed(cells).flatten(0, 1)
        # The table is scaled by 1 / sqrt(D), which this encoder does not want.
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
    """Queries after all layers; a stream that attends to itself is its own memory in each."""
    itself = memory is query
    for layer in layers:
        query = layer(query, query if itself else memory, mask)
    return query


@MODELS.register_module()
class ConvFusion(BaseModule):
    """Two convolutions over what was found in space and in time, and a LayerNorm.

    Args:
        spec: Sizes of the streams: their channels D, which are the level's, too.
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
        """Fuse.

        Args:
            streams: ``in_space`` and ``in_time`` (B, T, D), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            Levels: one (B, T, D), 0 on padding.
        """
        keep = mask[..., None]
        both = torch.cat([streams["in_space"], streams["in_time"]], dim=-1)
        x = F.leaky_relu(self.first(both)) * keep
        return Levels([self.norm(self.second(x)) * keep], [mask])


class Candidates(NamedTuple):
    """A segment of each video.

    Attributes:
        visual: (B, H, W, Dv).
        audio: (B, Da).
        scores: (B,), how well sight and sound fit; positive.
        labels: (B,) long, -1 for none.
    """

    visual: Tensor
    audio: Tensor
    scores: Tensor
    labels: Tensor


class _Entry(NamedTuple):
    """Where an entry of a class comes from: an old entry, or behind those a candidate."""

    score: float
    key: float
    source: int


@MODELS.register_module()
class SegmentMemory(BaseModule):
    """Of each class the segments whose sight and sound fit best, as they came.

    An entry is known by the sum of its sound: it does not get in twice. In several processes the
    candidates of all get in, in the order of their ranks, so that the memories stay equal; in the
    authors' code those of the first alone do.

    Args:
        num_classes: Classes C, of the head.
        visual_dim: Channels Dv, which the encoder takes.
        audio_dim: Channels Da.
        bank_size: Entries S a class.
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
        # 0 is an empty entry.
        self.register_buffer("scores", torch.zeros(slots))

    def inputs(self) -> dict[str, Tensor]:
        """All entries as a batch of C videos of S segments: visual, audio, and a mask (C, S)."""
        mask = torch.ones_like(self.scores, dtype=torch.bool)
        return dict(visual=self.visual, audio=self.audio, mask=mask)

    @torch.no_grad()
    def update(self, candidates: Candidates) -> None:
        """Let in those that score more than the worst of their class.

        Args:
            candidates: Of this process.
        """
        floats = candidates._replace(labels=candidates.labels.to(candidates.audio.dtype))
        everyone, _ = gather_rows(floats)
        size, rows = self.scores.shape[1], self._table(everyone)
        old, new = rows[: self.scores.numel()], rows[self.scores.numel() :]
        kept: dict[int, list[_Entry]] = {}
        for number, (score, key, place) in enumerate(new):
            label = int(place)
            if label < 0 or not score > 0:  # NaN does not get in
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
        """Score, key and label of all entries, class by class, and then of the candidates.

        Which of them stay is found out on the CPU, and the device is waited for once.
        """
        scores = torch.cat([self.scores.flatten(), candidates.scores])
        # One sum for all: equal sounds give equal sums, to the last bit.
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
    """Features of a batch, and of what is remembered.

    Attributes:
        memory: (C, S, D) the fused level of the memory.
    """

    memory: Tensor = field(kw_only=True)


class MemoryPredictions(NamedTuple):
    """What the head says of a video.

    Attributes:
        relevance: (B, T) scores of an event, before the sigmoid.
        classes: (B, C) scores of the video's class, before the softmax.
        prototypes: (B, C) the same, from distances to what is remembered of each class.
        stream_classes: (2, B, T, C) the same of segments, from each stream by itself.
        fused: (B, T, D) the features that it was said of.
        memory: (C, S, D) what is remembered.
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
        score_thr: Segments that score more have the event.
    """

    score_thr: Probability = 0.5


@MODELS.register_module()
class MemoryHead(BaseSegmentHead):
    """Finds class and relevance by the distance to what is remembered of the classes.

    The class is that whose mean is nearest to the segments; a segment is relevant if it is nearer
    than ``margin`` to one that is remembered of that class. The linear layers for relevance and
    class train the features; at test time, that for the class counts with weak supervision only.

    Args:
        num_classes: Classes C, without background.
        spec: Sizes of the one level: its channels D, which all features have.
        supervision: See :class:`BaseSegmentHead`.
        video_label: See :class:`BaseSegmentHead`. With ``'proportion'``, as published, the
            mean relevance of a video is to be its share of segments with an event.
        no_event: With weak supervision, what videos without an event are, save for
            relevance: ``'skip'``: left out. ``'first'``: as in the authors' code, of class 0, in
            the memory, too.
        margin: Of distances, which are divided by the square root of D.
        temperature: Divides the distances to the classes' means.
        unimodal_weight: Of the loss of each stream by itself.
        prototype_weight: Of the loss of distances to the classes' means.
        contrastive_weight: Of the loss of distances to what is remembered.
        dropout: On the scores of relevance and class.
        test_cfg: Fields of :class:`MemoryTestCfg`.
    """

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

    def agreement(self, features: Features, data_samples: list) -> Tensor:
        """How well sight and sound of a segment fit: 1 less their Jensen-Shannon divergence.

        Args:
            features: Its streams ``visual`` and ``audio`` (B, T, D) are read.
            data_samples (list[ActionDataSample]): With full supervision, ``gt_segment_labels``:
                segments with the event score 1 more.

        Returns:
            Tensor: (B, T), less than 0 on padding.
        """
        by_stream = self._stream_classes(features)
        seen, heard = (at_least_float32(x).log_softmax(-1) for x in by_stream)
        mean = ((seen.exp() + heard.exp()) / 2).log()
        apart = seen.exp() * (seen - mean) + heard.exp() * (heard - mean)
        scores = 1 - apart.sum(-1) / 2
        if self.supervision == "fully":
            truth = self.segment_truth(data_samples, features.mask)
            scores = scores + has_event(truth, self.num_classes)
        return scores.masked_fill(~features.mask, -1)

    def memory_class(self, data_samples: list, device: torch.device) -> Tensor:
        """(B,) long class that a video is remembered for, -1 for none."""
        label = self.video_class(data_samples, device)
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

    def loss_by_feat(self, predictions: MemoryPredictions, data_samples: list) -> dict[str, Tensor]:
        """Losses from scores.

        Args:
            predictions: Output of :meth:`forward`.
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
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): Their videos.

        Returns:
            list[SegmentLabels]: One per video, with scores as of :class:`RelevanceHead`.
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
        """(2, B, T, C) scores of the streams."""
        seen, heard = features.streams["visual"], features.streams["audio"]
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


@MODELS.register_module()
class MemorySegmentClassifier(AVSegmentClassifier):
    """Labels segments by what it remembers of each class.

    In training a segment of each video gets into the memory, the one that the head finds best. The
    whole memory passes encoder and pyramid each time, as a batch of C videos of S segments; what
    the head is given are :class:`MemoryFeatures`.

    Args:
        memory: Config of the memory, built with ``num_classes`` and, as the encoder takes
            them, ``visual_dim`` and ``audio_dim``.
        **kwargs: See :class:`AVSegmentClassifier`. The head has ``agreement`` and
            ``memory_class``, as :class:`MemoryHead`.
    """

    @checked
    def __init__(self, memory: Part, **kwargs):
        super().__init__(**kwargs)
        shared = dict(num_classes=self.num_classes, **self.feature_widths)
        self.memory = build_part(MODELS, memory, "memory", **shared)

    def extract_feat(self, inputs: dict[str, Tensor]) -> MemoryFeatures:
        """Features of a batch, and of the memory as it is."""
        return self._with_memory(super().extract_feat(inputs))

    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch, whose best segments get into the memory first."""
        features = super().extract_feat(inputs)
        self._remember(inputs, features, data_samples)
        return self.losses(self._with_memory(features), data_samples)

    def _with_memory(self, features: Features) -> MemoryFeatures:
        (remembered,) = super().extract_feat(self.memory.inputs()).levels
        return MemoryFeatures(**vars(features), memory=remembered)

    @torch.no_grad()
    def _remember(self, inputs: dict[str, Tensor], features: Features, data_samples: list) -> None:
        score, step = self.head.agreement(features, data_samples).max(1)
        video = torch.arange(len(step), device=step.device)
        label = self.head.memory_class(data_samples, step.device)
        best: dict[str, Any] = {name: inputs[name][video, step] for name in ("visual", "audio")}
        self.memory.update(Candidates(**best, scores=score, labels=label))
