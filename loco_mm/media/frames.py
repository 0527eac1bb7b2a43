"""Reads the frames of a video at a constant rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, repeat

import numpy as np

from ..errors import InputError
from .decoding import Filters, decoded
from .probe import Media
from .pyav import av
from .track import Track

# FFmpeg's filters for counter-clockwise rotations, in degrees.
_TURNS = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


@dataclass(frozen=True)
class FrameSpec:
    """Size of decoded frames.

    Attributes:
        size: Height and width in pixels; None for the original size.
        shorter: If given, the shorter side is first scaled to this number of pixels, keeping the
            aspect ratio, and the centre is cropped. Otherwise the frame is stretched.
        scaling: FFmpeg's scaling algorithm: ``'area'``, ``'bilinear'``, ``'bicubic'``, ...
    """

    size: int | None
    shorter: int | None = None
    scaling: str = "bicubic"


def read_frames(media: Media, fps: float, count: int, spec: FrameSpec) -> Iterator[np.ndarray]:
    """Decode a video at a constant frame rate.

    Frame ``k`` is the one shown in the middle of ``[k / fps, (k + 1) / fps]``, rotated as a player
    would. The first and last frames are repeated before the start and after the end.

    Args:
        media: The file.
        fps: Frame rate.
        count: Number of frames.
        spec: Size of the frames.

    Yields:
        np.ndarray: (H, W, 3) uint8, RGB.

    Raises:
        InputError: The file cannot be read to its end, or no frame can be decoded.
    """
    yield from islice(frames_at(decoded(media.video), fps, media.video, spec), count)


def frames_at(frames: Iterable, fps: float, track: Track, spec: FrameSpec) -> Iterator[np.ndarray]:
    """Frames at a constant rate, see :func:`read_frames`; the last one is repeated for ever.

    Args:
        frames (Iterable[av.VideoFrame | Fraction]): Decoded frames. A number is a time in seconds
            before which no further frame comes.
        fps: Frame rate.
        track: The stream, for messages.
        spec: Size of the frames.

    Yields:
        np.ndarray: (H, W, 3) uint8, RGB.
    """
    rate = Fraction(fps).limit_denominator(100_000)
    draw, shown, given = _Drawing(track, spec), None, 0
    for frame in frames:
        is_time = isinstance(frame, Fraction)
        time = frame if is_time else frame.pts * frame.time_base
        # Intervals whose middle is before this frame show the previous one.
        until = math.floor(time * rate + Fraction(1, 2))
        if shown is not None and until > given:
            yield from repeat(draw(shown), until - given)
            given = until
        if not is_time:
            shown = frame
    yield from repeat(draw(shown))


class _Drawing:
    """Rotates and scales frames, whose size may change within a video."""

    def __init__(self, track: Track, spec: FrameSpec):
        self.track, self.spec = track, spec
        self.filters: Filters | None = None
        self.drawn: np.ndarray | None = None

    def __call__(self, frame: av.VideoFrame | None) -> np.ndarray:
        """Convert a frame; return the previous one if it cannot be converted."""
        try:
            if frame is not None:
                self.drawn = self._draw(frame)
        except av.FFmpegError as error:
            self.track.count_damaged(error.strerror)
        if self.drawn is None:
            raise InputError(f"media file {self.track.path}: no frame of its video can be decoded")
        return self.drawn

    def _draw(self, frame: av.VideoFrame) -> np.ndarray:
        if self.filters is None or not self.filters.fit(frame):
            turns = _TURNS.get(round(frame.rotation / 90) * 90 % 360, ())
            chain = [("transpose", turn) for turn in turns]
            self.filters = Filters(
                frame, [*chain, *_scaling(self.spec), ("format", "pix_fmts=rgb24")]
            )
        (drawn,) = self.filters.through(frame)
        return drawn.to_ndarray()


def _scaling(spec: FrameSpec) -> list[tuple[str, str]]:
    flags = f"flags={spec.scaling}"
    found = []
    if spec.shorter is not None:
        side = f"{spec.shorter}:{spec.shorter}"
        found.append(("scale", f"{side}:force_original_aspect_ratio=increase:{flags}"))
    if spec.size is not None:
        size = f"{spec.size}:{spec.size}"
        found.append(("scale", f"{size}:{flags}") if spec.shorter is None else ("crop", size))
    return found
