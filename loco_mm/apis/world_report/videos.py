"""Generates the videos of a synthetic world in memory."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...structures import TemporalGrid
from ...worlds.synthetic import Script, WorldFiles


class MadeVideo(NamedTuple):
    """A video of a synthetic world.

    Attributes:
        video_id: Id of the video.
        script: Its content.
        features: (T, D) by modality.
        grid: Grid of the features.
        subset: Split of the video.
    """

    video_id: str
    script: Script
    features: dict[str, np.ndarray]
    grid: TemporalGrid
    subset: str


def made_videos(plan: WorldFiles, *subsets: str) -> Iterator[MadeVideo]:
    """Generate the videos of splits with the features that :meth:`WorldFiles.write` would write.

    Args:
        plan: The world, of which the first layout is used.
        *subsets (str): Some of ``'train'``, ``'validation'`` and ``'test'``.
    """
    first, *_ = plan.streams()
    streams = [stream for stream in plan.streams() if stream[0] is first[0]]
    grid = first[0].grid
    for video in plan.content()[1]:
        if video.subset in subsets:
            features = {
                name: plan.world.features(video.key, video.script, name, dim, grid)
                for _, name, dim in streams
            }
            yield MadeVideo(video.video_id, video.script, features, grid, video.subset)
