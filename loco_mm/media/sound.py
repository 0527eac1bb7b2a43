"""Reads the audio of a video at a constant sampling rate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from ..errors import InputError
from .decoding import Filters, decoded
from .probe import Media
from .pyav import av
from .track import Track

# Allowed overlap of consecutive audio frames in seconds.
OVERLAP = 0.05


def read_sound(media: Media, rate: int, count: int) -> Iterator[np.ndarray]:
    """Decode the audio of a video, mixed to one channel, in pieces.

    Sample ``k`` is at ``k / rate`` seconds. Before the start, after the end and in gaps of the
    timestamps, samples are 0.

    Args:
        media: The file.
        rate: Sampling rate in Hz.
        count: Number of samples.

    Yields:
        np.ndarray: (n,) float32, mostly in [-1, 1].

    Raises:
        InputError: The file cannot be read to its end, or no audio can be decoded.
    """
    given, found = 0, False
    for samples in _resampled(media.audio, rate):
        found = True
        samples = samples[: count - given]
        given += len(samples)
        yield samples
        if given == count:
            return
    if not found:
        raise InputError(f"media file {media.path}: none of its audio can be decoded")
    while given < count:
        silence = np.zeros(min(rate, count - given), np.float32)
        given += len(silence)
        yield silence


def _resampled(track: Track, rate: int) -> Iterator[np.ndarray]:
    """The complete stream, whose sampling rate and channels may change."""
    given, end, damaged = 0, 0.0, 0
    filters: Filters | None = None
    for frame in chain(decoded(track), [None]):
        start = end if frame is None else float(frame.pts * frame.time_base)
        # A new filter starts exactly on time; a running one tolerates 0.1 s.
        anew = frame is None or start < end - OVERLAP or track.damaged > damaged
        damaged = track.damaged
        pieces: list[av.AudioFrame] = []
        try:
            if filters is not None and (anew or not filters.fit(frame)):
                pieces += filters.through(None)
                filters = None
            if frame is not None:
                filters = filters or _filters(frame, rate, given + _count(pieces))
                pieces += filters.through(frame)
                end = start + frame.samples / frame.sample_rate
        except av.FFmpegError as error:
            track.count_damaged(error.strerror)
            filters = None
        given += _count(pieces)
        yield from (piece.to_ndarray()[0] for piece in pieces)


def _filters(frame: av.AudioFrame, rate: int, given: int) -> Filters:
    first = round(given * frame.sample_rate / rate)  # in samples of the source
    # Gaps are filled with zeros; mixing must not exceed the range of its inputs.
    options = f"{rate}:async=1:first_pts={first}:rematrix_maxval=1"
    return Filters(frame, [("aresample", f"{options}:out_chlayout=mono:out_sample_fmt=flt")])


def _count(pieces: list[av.AudioFrame]) -> int:
    return sum(piece.samples for piece in pieces)
