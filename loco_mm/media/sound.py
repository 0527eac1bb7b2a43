"""Reads the audio of a video at a constant sampling rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, repeat

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
    given = 0
    for samples in sound_at(decoded(media.audio), rate, media.audio):
        samples = samples[: count - given]
        given += len(samples)
        yield samples
        if given == count:
            return


def sound_at(frames: Iterable, rate: int, track: Track) -> Iterator[np.ndarray]:
    """Audio at a constant sampling rate, see :func:`read_sound`; then silence for ever.

    Args:
        frames (Iterable[av.AudioFrame | Fraction]): Decoded frames. A number is a time in seconds
            before which no further frame comes.
        rate: Sampling rate in Hz.
        track: The stream, for messages.

    Yields:
        np.ndarray: (n,) float32, mostly in [-1, 1].

    Raises:
        InputError: No audio can be decoded.
    """
    given, found = 0, False
    for samples in _resampled(frames, rate, track):
        found = True
        given += len(samples)
        yield samples
    if not found:
        raise InputError(f"media file {track.path}: none of its audio can be decoded")
    yield from repeat(np.zeros(rate, np.float32))


def _resampled(frames: Iterable, rate: int, track: Track) -> Iterator[np.ndarray]:
    """The complete stream, whose sampling rate and channels may change."""
    given, end, damaged = 0, 0.0, 0
    filters: Filters | None = None
    for frame in chain(frames, [None]):
        is_audio = frame is not None and not isinstance(frame, Fraction)
        start = float(frame.pts * frame.time_base) if is_audio else end
        # A new filter starts exactly on time; a running one tolerates 0.1 s.
        anew = not is_audio or start < end - OVERLAP or track.damaged > damaged
        damaged = track.damaged
        pieces: list[av.AudioFrame] = []
        try:
            if filters is not None and (anew or not filters.fit(frame)):
                pieces += filters.through(None)
                filters = None
            if is_audio:
                filters = filters or _filters(frame, rate, given + _count(pieces))
                pieces += filters.through(frame)
                end = start + frame.samples / frame.sample_rate
        except av.FFmpegError as error:
            track.count_damaged(error.strerror)
            filters = None
        given += _count(pieces)
        yield from (piece.to_ndarray()[0] for piece in pieces)
        if isinstance(frame, Fraction) and (missing := int(frame * rate) - given) > 0:
            given += missing
            yield np.zeros(missing, np.float32)


def _filters(frame: av.AudioFrame, rate: int, given: int) -> Filters:
    first = round(given * frame.sample_rate / rate)  # in samples of the source
    # Gaps are filled with zeros; mixing must not exceed the range of its inputs.
    options = f"{rate}:async=1:first_pts={first}:rematrix_maxval=1"
    return Filters(frame, [("aresample", f"{options}:out_chlayout=mono:out_sample_fmt=flt")])


def _count(pieces: list[av.AudioFrame]) -> int:
    return sum(piece.samples for piece in pieces)
