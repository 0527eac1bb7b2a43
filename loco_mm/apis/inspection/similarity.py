"""Similarity between the visual and the audio steps of a video, inside a model.

Shape letters: B batch, T steps, D channels, N events.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import InputError
from ...models.modulators.lcf import LCFModulation
from ...structures import MODALITIES, Events
from ...tasks import EVENTS
from .split_videos import LoadedSample, SplitVideos

# Where a model's streams are compared.
ENCODER, EMBEDDING = "encoder output", "LCF embedding"


@dataclass(frozen=True)
class VideoSimilarity:
    """Similarity matrix of a video.

    Attributes:
        matrix: (T, T) cosine similarity of visual step i (row) and audio step j (column).
        times: (T,) time of each step in seconds.
        events: Annotated events in seconds.
    """

    matrix: np.ndarray
    times: np.ndarray
    events: Events

    @property
    def std(self) -> float:
        """Standard deviation over all elements of the matrix."""
        return float(self.matrix.std())

    @property
    def in_events(self) -> np.ndarray:
        """(T, T) bool, whether both steps are in the same event."""
        start, end = self.events.segments.T[:, :, None]
        inside = (self.times >= start) & (self.times <= end)
        return (inside[:, :, None] & inside[:, None]).any(0)


@dataclass(frozen=True)
class SplitSimilarity:
    """Similarities of a split.

    Attributes:
        std: Mean over videos of the standard deviation of the similarity matrix.
        in_events: Mean over videos of the mean similarity of two steps of the same event; NaN if
            there are none.
        elsewhere: The same of all other pairs of steps.
        videos: Similarities of the requested videos.
    """

    std: float
    in_events: float
    elsewhere: float
    videos: dict[str, VideoSimilarity]


@torch.no_grad()
def split_similarity(
    model: Any,
    split: SplitVideos,
    kept: Collection[str] = (),
    progress: Callable[[Iterable], Iterable] = iter,
) -> dict[str, SplitSimilarity]:
    """Compare the visual and the audio stream of a model in each video of a split.

    Source: LoCo, Fig. 3, which shows the similarity matrix of a video and the mean of its standard
    deviation. The paper does not say which features are compared: these are the outputs of the
    unimodal encoders and, for a model with LCF, also the embeddings that its loss compares.

    Args:
        model: A model of :func:`init_model` that localizes events.
        split: The videos.
        kept: Videos whose matrices are returned.
        progress: Wraps the ids of the videos.

    Returns:
        dict[str, SplitSimilarity]: ``'encoder output'`` and, with LCF, ``'LCF embedding'``.

    Raises:
        InputError: The model does not predict events, or its encoder does not have a visual and an
            audio stream.
    """
    if not hasattr(model, "encoder"):
        raise InputError(
            f"config: model.type: expected one with an encoder, got {type(model).__name__}"
        )
    if model.task is not EVENTS:
        raise InputError(f"config: model: expected one that predicts events, got {model.task.name}")
    rows: dict[str, list] = {}
    found: dict[str, dict[str, VideoSimilarity]] = {}
    for video_id in progress(split.video_ids):
        for place, similarity in _video_similarities(model, split.sample(video_id)).items():
            inside = similarity.in_events
            values = [
                similarity.matrix[mask].mean() if mask.any() else np.nan
                for mask in (inside, ~inside)
            ]
            rows.setdefault(place, []).append([similarity.std, *values])
            videos = found.setdefault(place, {})
            if video_id in kept:
                videos[video_id] = similarity
    columns = {place: zip(*values, strict=True) for place, values in rows.items()}
    means = {place: list(map(_mean, values)) for place, values in columns.items()}
    return {
        place: SplitSimilarity(std, in_events, elsewhere, found[place])
        for place, (std, in_events, elsewhere) in means.items()
    }


def _mean(values: Sequence[float]) -> float:
    """Mean without NaN."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _video_similarities(model: Any, sample: LoadedSample) -> dict[str, VideoSimilarity]:
    inputs = sample.inputs_of(model)
    mask = inputs["mask"]
    streams = model.encoder(inputs["visual"], inputs["audio"], mask)
    if set(MODALITIES) - set(streams):
        raise InputError(
            "model.encoder: expected one with the streams visual and audio, got "
            f"{type(model.encoder).__name__} with {', '.join(streams)}"
        )
    valid = mask[0, :: model.stride]
    steps = model.stride * np.arange(int(valid.sum()))
    return {
        place: VideoSimilarity(
            _cosine(*(x[0, valid] for x in compared)),
            sample.grid.to_seconds(steps),
            sample.annotated,
        )
        for place, compared in _compared(model, streams).items()
    }


def _compared(model: Any, streams: Mapping[str, Tensor]) -> dict[str, list[Tensor]]:
    """Visual and audio features (B, T, D), by place."""
    pair = [streams[modality] for modality in MODALITIES]
    found = {ENCODER: pair}
    modulator = model.modulator
    if isinstance(modulator, LCFModulation):
        projections = modulator.visual_projection, modulator.audio_projection
        found[EMBEDDING] = [project(x) for project, x in zip(projections, pair, strict=True)]
    return found


def _cosine(visual: Tensor, audio: Tensor) -> np.ndarray:
    """(T, T) from two (T, D)."""
    visual, audio = (F.normalize(x.float(), dim=-1) for x in (visual, audio))
    return (visual @ audio.T).cpu().numpy()
