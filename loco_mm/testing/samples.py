"""Random packed samples."""

from collections.abc import Sequence

import numpy as np

from ..ops import random_inputs
from ..structures import Events
from ..tasks import EVENTS, SEGMENTS


def make_sample(
    steps: int,
    segments: Sequence[Sequence[float]] = (),
    labels: Sequence[int] = (),
    seed: int = 0,
    visual_dim: int = 12,
    audio_dim: int = 8,
) -> dict:
    """A packed sample, as from the pipeline, with random features.

    Args:
        steps: Number of grid steps T.
        segments: N segments [start, end], in grid steps.
        labels: N classes.
        seed: Random seed of the features, which also determines the video id.
        visual_dim: Channels Dv.
        audio_dim: Channels Da.

    Returns:
        dict: ``inputs`` with ``visual`` (T, Dv) and ``audio`` (T, Da), and ``data_samples``.
    """
    num_classes = max(labels, default=0) + 1
    sample = EVENTS.example(steps, num_classes, as_events(segments, labels), f"video{seed}")
    return dict(inputs=random_inputs(steps, seed, (), visual_dim, audio_dim), data_samples=sample)


def make_segment_sample(
    labels: Sequence[int],
    num_classes: int,
    seed: int = 0,
    visual_dim: int = 12,
    audio_dim: int = 8,
    cells: Sequence[int] = (),
    proportion: bool = False,
) -> dict:
    """A packed sample with segment labels, as from the pipeline, with random features.

    Args:
        labels: T labels, ``num_classes`` for background. The label of the video is the lowest.
        num_classes: Number of classes C.
        seed: Random seed of the features and row of the video, which also determines its id.
        visual_dim: Channels Dv.
        audio_dim: Channels Da.
        cells: H and W of a map; empty for means.
        proportion: Whether the label of the video is the fraction of each label instead.

    Returns:
        dict: ``inputs`` with ``visual`` (T, Dv), or (T, H, W, Dv), and ``audio`` (T, Da), and
        ``data_samples``.
    """
    events = [[step, step] for step, label in enumerate(labels) if label < num_classes]
    of_events = [label for label in labels if label < num_classes]
    sample = SEGMENTS.example(
        len(labels), num_classes, as_events(events, of_events), f"video{seed}", proportion
    )
    sample.set_metainfo(dict(row=seed))
    inputs = random_inputs(len(labels), seed, cells, visual_dim, audio_dim)
    return dict(inputs=inputs, data_samples=sample)


def as_events(segments: Sequence[Sequence[float]], labels: Sequence[int]) -> Events:
    """Events from N segments [start, end] and N classes."""
    return Events(
        np.array(segments, dtype=np.float32).reshape(-1, 2), np.array(labels, dtype=np.int64)
    )
