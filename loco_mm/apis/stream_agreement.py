"""Compares the events of running videos with those of the complete ones."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config

from ..evaluation import GroundTruth, Predictions, detection_map
from ..structures import Events, segment_iou
from .inferencer import AVEventInferencer
from .inspection import LoadedSample, SplitVideos
from .stream_sources import FeatureChunks

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


def stream_agreement(
    config: Config,
    checkpoint: str,
    windows: Mapping,
    score_thr: float = 0.2,
    device: str | None = None,
    progress: Any = iter,
) -> StreamAgreement:
    """Predict the test split of a config in three ways.

    Args:
        config: A config whose test dataset has features.
        checkpoint: Checkpoint file.
        windows: Options of :class:`SlidingWindows`, for complete and for running videos.
        score_thr: Minimum score of the events that are counted and whose latency is measured.
        device: Device of the model.
        progress (Callable): Wraps the list of videos, for a progress bar.
    """
    built = dict(config=config, checkpoint=checkpoint, device=device, show_progress=False)
    whole = AVEventInferencer(**built, windows=None)
    offline = AVEventInferencer(**built, windows=dict(windows))
    running = AVEventInferencer(**built, windows=dict(windows), stream=True)
    split = SplitVideos(config)
    truth: dict[str, Events] = {}
    found: dict[str, dict[str, Events]] = dict(whole={}, offline={}, stream={})
    same, latencies, early = 0, list[float](), 0
    for video_id in progress(split.video_ids):
        sample = split.sample(video_id)
        truth[video_id] = sample.annotated
        for name, inferencer in (("whole", whole), ("offline", offline)):
            found[name][video_id] = _offline(inferencer, sample).above(LEAST_SCORE)
        final = list(running(_chunks(sample), score_thr=LEAST_SCORE))
        streamed = found["stream"][video_id] = _as_events(final, running.names)
        shown = [event for event in final if event.score >= score_thr]
        latencies += [event.latency for event in shown]
        early += sum(event.time < sample.duration for event in shown)
        same += count_same(found["offline"][video_id].above(score_thr), streamed.above(score_thr))
    annotated = GroundTruth.of(truth)
    average = {
        f"{name}_mAP": detection_map(annotated, Predictions.of(events), _TIOUS).average_mAP
        for name, events in found.items()
    }
    return StreamAgreement(
        **average,
        offline=sum(len(events.above(score_thr)) for events in found["offline"].values()),
        streamed=len(latencies),
        same=same,
        latencies=np.array(latencies),
        early=early,
    )


def count_same(offline: Events, streamed: Events) -> int:
    """Number of events that are in both: of one class, with a tIoU of at least 0.9."""
    free = np.ones(len(streamed), bool)
    for segment, label in zip(offline.segments, offline.labels, strict=True):
        overlap = segment_iou(segment, streamed.segments) * (streamed.labels == label) * free
        if len(overlap) and overlap.max() >= SAME_TIOU:
            free[overlap.argmax()] = False
    return int((~free).sum())


def _offline(inferencer: AVEventInferencer, sample: LoadedSample) -> Events:
    video = dict(sample.features, duration=sample.duration, grid=sample.grid)
    (predicted,) = inferencer(video, return_datasamples=True)["predictions"]
    return inferencer.events(predicted)


def _chunks(sample: LoadedSample) -> FeatureChunks:
    pair = sample.features["visual"], sample.features["audio"]
    return FeatureChunks([pair], sample.grid, sample.duration)


def _as_events(final: Iterable, names: tuple[str, ...]) -> Events:
    rows = sorted(final, key=lambda event: -event.score)
    labels = {name: number for number, name in enumerate(names)}
    return Events(
        np.array([event.segment for event in rows]).reshape(-1, 2),
        np.array([labels[event.label] for event in rows], np.int64),
        np.array([event.score for event in rows]),
    )
