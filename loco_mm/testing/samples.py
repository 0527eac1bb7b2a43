"""Random packed samples."""

from collections.abc import Sequence

import numpy as np
import torch

from ..structures import Events, TemporalGrid, build_sample, build_segment_sample

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
    return dict(inputs=_inputs(generator, steps, (), visual_dim, audio_dim), data_samples=sample)


def make_segment_sample(
    labels: Sequence[int],
    num_classes: int,
    seed: int = 0,
    visual_dim: int = 12,
    audio_dim: int = 8,
    cells: Sequence[int] = (),
    proportion: bool = False,
) -> dict:
    """A sample of labelled segments as the pipeline packs it, of random features.

    Args:
        labels (Sequence[int]): T labels, ``num_classes`` for background. The label of the video is
            the lowest.
        num_classes (int): Classes C.
        seed (int): Seed of the features; the video's name follows from it.
        visual_dim (int): Channels Dv.
        audio_dim (int): Channels Da.
        cells (Sequence[int]): H and W of a map; none for means.
        proportion (bool): The label of the video is the share of each label instead.

    Returns:
        dict: ``inputs`` with ``visual`` (T, Dv), or (T, H, W, Dv), and ``audio`` (T, Da), and
        ``data_samples``.
    """
    shares = np.eye(num_classes + 1)[np.asarray(labels)]
    sample = build_segment_sample(
        f"video{seed}",
        seed,
        segment_labels=np.asarray(labels),
        video_label=shares.mean(0) if proportion else shares[np.argmin(labels)],
    )
    generator = torch.Generator().manual_seed(seed)
    inputs = _inputs(generator, len(labels), tuple(cells), visual_dim, audio_dim)
    return dict(inputs=inputs, data_samples=sample)


def _inputs(
    generator: torch.Generator, steps: int, cells: tuple, visual_dim: int, audio_dim: int
) -> dict[str, torch.Tensor]:
    return dict(
        visual=torch.randn(steps, *cells, visual_dim, generator=generator),
        audio=torch.randn(steps, audio_dim, generator=generator),
    )
