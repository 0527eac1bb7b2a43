"""Reads single pictures and recordings of sound.

Shape letters: H and W pixels, S samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..fileio import open_regular
from .pyav import av


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture.

    Returns:
        np.ndarray: (H, W, 4) uint8 red, green, blue and opacity.

    Raises:
        InputError: The file is missing or not a picture.
    """
    with _opened(path, "picture") as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(format="rgba")


def read_recording(path: str | Path, rate: int) -> np.ndarray:
    """Read a recording, mixed to one channel.

    Args:
        path: The file.
        rate: Sampling rate of the result in Hz.

    Returns:
        np.ndarray: (S,) float32, mostly in [-1, 1].

    Raises:
        InputError: The file is missing, or has no sound that can be decoded.
    """
    with _opened(path, "recording") as container:
        resampler = av.AudioResampler("flt", "mono", rate)
        frames = [*container.decode(audio=0), None]
        pieces = [piece for frame in frames for piece in resampler.resample(frame)]
        return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


@contextmanager
def _opened(path: str | Path, what: str) -> Iterator:
    with open_regular(path, what) as file:
        try:
            with av.open(file) as container:
                yield container
        # Without a stream of the kind, without frames, and without samples.
        except (av.FFmpegError, IndexError, StopIteration, ValueError) as error:
            reason = getattr(error, "strerror", None) or "nothing can be decoded"
            raise InputError(f"{what} {path}: cannot be read: {reason}") from error
