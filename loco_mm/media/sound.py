"""The sound of a video at a constant rate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from ..errors import InputError
from .decoding import Filters, decoded
from .probe import Media
from .pyav import av
from .track import Track

# Seconds by which a piece of sound may begin before the one before it has ended.
OVERLAP = 0.05


def read_sound(media: Media, rate: int, count: int) -> Iterator[np.ndarray]:
    """Decode the sound of a video, mixed to one channel, piece by piece.

    Sample ``k`` stands for the second ``k / rate``. Where nothing is heard yet, not any more, or
    not for a while (a gap in the timestamps), there is silence.

    Args:
        media: The file.
        rate: Samples a second.
        count: Samples to give.

    Yields:
        np.ndarray: (n,) float32, mostly in [-1, 1].

    Raises:
        InputError: The file breaks while it is read, or no sound can be decoded.
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
        raise InputError(f"media file {media.path}: none of its sound can be decoded")
    while given < count:
        silence = np.zeros(min(rate, count - given), np.float32)
        given += len(silence)
        yield silence


def _resampled(track: Track, rate: int) -> Iterator[np.ndarray]:
    """All of it; its rate and channels may change on the way."""
    given, end, damaged = 0, 0.0, 0
    filters: Filters | None = None
    for frame in chain(decoded(track), [None]):
        start = end if frame is None else float(frame.pts * frame.time_base)
        # A new filter starts exactly in time; a running one lets a tenth of a second pass.
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
    # Gaps are filled; what is mixed stays within the range of what it is mixed from.
    options = f"{rate}:async=1:first_pts={first}:rematrix_maxval=1"
    return Filters(frame, [("aresample", f"{options}:out_chlayout=mono:out_sample_fmt=flt")])


def _count(pieces: list[av.AudioFrame]) -> int:
    return sum(piece.samples for piece in pieces)
