"""Random packed samples."""

from collections.abc import Sequence

import numpy as np
import torch

from ..structures import Events, TemporalGrid, build_sample

GRID = TemporalGrid(fps=16, num_frames=16, stride=4)


def make_sample(
    steps: int,
    segments: Sequence[Sequence[float]] = (),
    labels: Sequence[int] = (),
    seed: int = 0,
    visual_dim: int = 12,
    audio_dim: int = 8,
) -> dict:
    """A sample as the pipeline packs it, of random features.

    Args:
        steps (int): Grid steps T.
        segments (Sequence): N segments [start, end], in grid steps.
        labels (Sequence[int]): N classes.
        seed (int): Seed of the features; the video's name follows from it.
        visual_dim (int): Channels Dv.
        audio_dim (int): Channels Da.

    Returns:
        dict: ``inputs`` with ``visual`` (T, Dv) and ``audio`` (T, Da), and ``data_samples``.
    """
    generator = torch.Generator().manual_seed(seed)
    on_grid = Events(
        np.array(segments, dtype=np.float32).reshape(-1, 2), np.array(labels, dtype=np.int64)
    )
    sample = build_sample(
        f"video{seed}",
        float(GRID.to_seconds(steps - 1)) + 0.5,
        GRID,
        on_grid=on_grid,
        in_seconds=Events(GRID.to_seconds(on_grid.segments), on_grid.labels),
    )
    inputs = dict(
        visual=torch.randn(steps, visual_dim, generator=generator),
        audio=torch.randn(steps, audio_dim, generator=generator),
    )
    return dict(inputs=inputs, data_samples=sample)
