"""Pictures of a video at a constant rate."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..errors import InputError
from .graphs import filtered
from .probe import Media

# FFmpeg's filters for a turn of so many degrees, counter-clockwise.
_TURNS = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


@dataclass(frozen=True)
class FrameSpec:
    """Size of decoded pictures.

    Attributes:
        size (int | None): Pixels each way; None for what there is.
        shorter (int | None): Pixels to which the shorter side is brought first, keeping the
            aspect, of which the middle is then cut out. Without it the picture is stretched.
        scaling (str): FFmpeg's scaler: ``'area'``, ``'bilinear'``, ``'bicubic'``, ...
    """

    size: int | None
    shorter: int | None = None
    scaling: str = "bicubic"


def read_frames(media: Media, fps: float, count: int, spec: FrameSpec) -> Iterator[np.ndarray]:
    """Decode a video at a constant rate, one picture after the other.

    Picture ``k`` is what is shown in the middle of ``[k / fps, (k + 1) / fps]``, turned as a player
    turns it. Before the first and after the last, these stand still.

    Args:
        media (Media): The file.
        fps (float): Pictures a second.
        count (int): Pictures to give.
        spec (FrameSpec): Their size.

    Yields:
        np.ndarray: (H, W, 3) uint8, red, green, blue.

    Raises:
        InputError: The file breaks while it is read, or no picture can be decoded.
    """
    if not count:
        return
    rate = Fraction(fps).limit_denominator(100_000)

    def filters(source, first) -> list[tuple[str, str]]:
        turns = _TURNS.get(round(first.rotation / 90) * 90 % 360, ())
        found = [("transpose", turn) for turn in turns]
        # It rounds timestamps: a frame is there from half a slot before it on.
        found.append(("fps", f"fps={rate}:start_time=0:round=near"))
        return [*found, *_scaling(spec), ("format", "pix_fmts=rgb24")]

    given, last = 0, None
    for frame in filtered(media, "video", filters):
        last = frame.to_ndarray()
        yield last
        given += 1
        if given == count:
            return
    if last is None:
        raise InputError(f"media file {media.path}: no picture of its video can be decoded")
    for _ in range(count - given):
        yield last


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
