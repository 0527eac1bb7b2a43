"""Compares the events of running videos with those of the complete ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config

from ..evaluation import GroundTruth, Predictions, detection_map
from ..structures import MODALITIES, Events, TemporalGrid, segment_iou
from .inferencer import AVEventInferencer
from .inspection import LoadedSample, SplitVideos
from .stream_sources import FeatureChunks
from .streaming import StreamedEvent

# Minimum tIoU of an event that is found in both ways, minimum score of events that count for the
# mAP, and its thresholds.
SAME_TIOU = 0.9
LEAST_SCORE = 0.01
_TIOUS = [0.1 * tenth for tenth in range(1, 10)]


class StreamAgreement(NamedTuple):
    """Events of a split in running videos, and in the complete ones.

    Attributes:
        whole_mAP: Average mAP of complete videos that are predicted as a whole, of events with a
            score of at least 0.01.
        offline_mAP: The same, predicted in windows.
        stream_mAP: Average mAP of running videos.
        offline: Number of events in complete videos, in windows, from the minimum score on.
        streamed: Number of events in running videos, from that score on.
        same: Number of events that are found in both ways: of one class, with a tIoU of at least
            0.9, each of them once.
        latencies: Seconds from the end of each streamed event until it was final.
        early: Number of streamed events that were final before their video ended.
    """

    whole_mAP: float
    offline_mAP: float
    stream_mAP: float
    offline: int
    streamed: int
    same: int
    latencies: np.ndarray
    early: int


class JoinedVideo(NamedTuple):
    """Several videos as a single one.

    Attributes:
        visual: (T, Dv) features.
        audio: (T, Da) features.
        annotated: Events in seconds.
        grid: Time grid of the features.
        duration: Duration in seconds.
    """

    visual: np.ndarray
    audio: np.ndarray
    annotated: Events
    grid: TemporalGrid
    duration: float


def stream_agreement(
    config: Config,
    checkpoint: str,
    windows: Mapping,
    score_thr: float = 0.2,
    device: str | None = None,
    join: int = 1,
    num: int | None = None,
    progress: Any = iter,
) -> StreamAgreement:
    """Predict the test split of a config in three ways.

    Args:
        config: A config whose test dataset has features.
        checkpoint: Checkpoint file.
        windows: Options of :class:`SlidingWindows`, for complete and for running videos.
        score_thr: Minimum score of the events that are counted and whose latency is measured.
        device: Device of the model.
        join: Number of videos that are joined to a longer one.
        num: Number of videos, the first ones; by default all.
        progress (Callable): Wraps the list of videos, for a progress bar.
    """
    built = dict(config=config, checkpoint=checkpoint, device=device, show_progress=False)
    whole = AVEventInferencer(**built, windows=None)
    offline = AVEventInferencer(**built, windows=dict(windows))
    running = AVEventInferencer(**built, windows=dict(windows), stream=True)
    split = SplitVideos(config)
    truth: dict[str, Events] = {}
    found: dict[str, dict[str, Events]] = dict(whole={}, offline={}, stream={})
    shown: list[tuple[float, bool]] = []
    names = split.video_ids[:num]
    for group in progress([names[n : n + join] for n in range(0, len(names), join)]):
        video, video_id = joined([split.sample(name) for name in group]), group[0]
        truth[video_id] = video.annotated
        for name, inferencer in (("whole", whole), ("offline", offline)):
            found[name][video_id] = _offline(inferencer, video).above(LEAST_SCORE)
        final = _running(running, video)
        found["stream"][video_id] = _as_events(final, running.names)
        shown += [
            (event.latency, event.time < video.duration)
            for event in final
            if event.score >= score_thr
        ]
    return _summary(truth, found, shown, score_thr)


def _summary(
    truth: Mapping[str, Events],
    found: Mapping[str, Mapping[str, Events]],
    shown: Sequence[tuple[float, bool]],
    score_thr: float,
) -> StreamAgreement:
    """The result, from the latency of each streamed event and whether it was final early."""
    annotated = GroundTruth.of(truth)
    average = {
        f"{name}_mAP": detection_map(annotated, Predictions.of(events), _TIOUS).average_mAP
        for name, events in found.items()
    }
    high = [
        (found["offline"][name].above(score_thr), found["stream"][name].above(score_thr))
        for name in truth
    ]
    return StreamAgreement(
        **average,
        offline=sum(len(complete) for complete, _ in high),
        streamed=sum(len(streamed) for _, streamed in high),
        same=sum(count_same(*pair) for pair in high),
        latencies=np.array([latency for latency, _ in shown]),
        early=sum(is_early for _, is_early in shown),
    )


def _running(inferencer: AVEventInferencer, video: JoinedVideo) -> list[StreamedEvent]:
    pair = video.visual, video.audio
    chunks = FeatureChunks([pair], video.grid, video.duration)
    return list(inferencer(chunks, score_thr=LEAST_SCORE))


def count_same(offline: Events, streamed: Events) -> int:
    """Number of events that are in both: of one class, with a tIoU of at least 0.9."""
    free = np.ones(len(streamed), bool)
    for segment, label in zip(offline.segments, offline.labels, strict=True):
        overlap = segment_iou(segment, streamed.segments) * (streamed.labels == label) * free
        if len(overlap) and overlap.max() >= SAME_TIOU:
            free[overlap.argmax()] = False
    return int((~free).sum())


def joined(samples: Sequence[LoadedSample]) -> JoinedVideo:
    """Join videos, one step after another."""
    grid, steps, shift = samples[0].grid, 0, 0.0
    segments, labels = list[np.ndarray](), list[np.ndarray]()
    for sample in samples:
        shift = steps * grid.step_seconds
        segments.append(sample.annotated.segments + shift)
        labels.append(sample.annotated.labels)
        steps += len(sample.features["visual"])
    visual, audio = (np.concatenate([x.features[name] for x in samples]) for name in MODALITIES)
    annotated = Events(np.concatenate(segments), np.concatenate(labels))
    return JoinedVideo(visual, audio, annotated, grid, shift + samples[-1].duration)


def _offline(inferencer: AVEventInferencer, video: JoinedVideo) -> Events:
    given = dict(visual=video.visual, audio=video.audio, duration=video.duration, grid=video.grid)
    (predicted,) = inferencer(given, return_datasamples=True)["predictions"]
    return inferencer.events(predicted)


def _as_events(final: Iterable[StreamedEvent], names: tuple[str, ...]) -> Events:
    rows = sorted(final, key=lambda event: -event.score)
    labels = {name: number for number, name in enumerate(names)}
    return Events(
        np.array([event.segment for event in rows]).reshape(-1, 2),
        np.array([labels[event.label] for event in rows], np.int64),
        np.array([event.score for event in rows]),
    )
