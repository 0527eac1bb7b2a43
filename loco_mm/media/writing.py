"""Writes short videos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..fileio import replace_whole
from .pyav import av

_CLOCK = Fraction(1, 90_000)
# Number of samples per audio frame.
_PIECE = 1024
_FORMATS = {
    ".mp4": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".ts": "mpegts",
}


@dataclass(frozen=True)
class Sound:
    """Audio of a video to write.

    Attributes:
        samples: (channels, samples) float32 in [-1, 1].
        rate: Sampling rate in Hz.
        start: Start time in seconds.
        layout: Channel layout: ``'mono'``, ``'stereo'``, ``'5.1'``, ...
        codec: FFmpeg's encoder.
    """

    samples: np.ndarray
    rate: int = 44100
    start: float = 0.0
    layout: str = "mono"
    codec: str = "aac"


@dataclass(frozen=True)
class Pictures:
    """Frames of a video to write.

    Attributes:
        frames: (H, W, 3) uint8, with even height and width.
        size: Width and height.
        fps: Frame rate.
        times: Presentation times of the frames in seconds, ascending; by default constant at
            ``fps``.
        turn: Counter-clockwise rotation by players, in degrees.
        codec: FFmpeg's encoder.
        options: Options of the encoder.
    """

    frames: Iterable[np.ndarray]
    size: tuple[int, int]
    fps: float = 25.0
    times: Iterable[float] | None = None
    turn: int = 0
    codec: str = "libx264"
    options: Mapping[str, str] = field(default_factory=dict)


def write_video(
    path: str | Path, pictures: Pictures | None = None, sound: Sound | None = None
) -> None:
    """Write a video file atomically.

    Args:
        path: The file, whose extension determines the container, such as ``.mp4`` or ``.mkv``.
        pictures: Its frames; by default it has no video stream.
        sound: Its audio; by default it has no audio stream.

    Raises:
        InputError: The file cannot be written, or its extension is unknown.
    """
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        raise InputError(f"{path}: expected one of {sorted(_FORMATS)}, got ending {ending!r}")
    try:
        with (
            replace_whole(path) as temporary,
            av.open(str(temporary), "w", format=_FORMATS[ending]) as container,
        ):
            # All streams are added before the first packet, as the file header lists them.
            tracks = [_video(container, pictures)] if pictures else []
            tracks += [_audio(container, sound)] if sound else []
            for stream, frames in tracks:
                for frame in frames:
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
    except av.FFmpegError as error:
        size = "" if pictures is None else f", pictures of {pictures.size[0]} x {pictures.size[1]}"
        raise InputError(f"{path}{size}: cannot be written: {error.strerror}") from error


def _video(container, pictures: Pictures):
    rate = Fraction(pictures.fps).limit_denominator(100_000)
    stream = container.add_stream(pictures.codec, rate=rate, options=dict(pictures.options))
    stream.width, stream.height = pictures.size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = _CLOCK
    if pictures.turn:
        stream.set_display_rotation(pictures.turn)
    even = (number / pictures.fps for number in count())
    times = even if pictures.times is None else pictures.times

    def frames() -> Iterator[av.VideoFrame]:
        for image, time in zip(pictures.frames, times, strict=False):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = round(time / _CLOCK), _CLOCK
            yield frame

    return stream, frames()


def _audio(container, sound: Sound):
    stream = container.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
    kind = stream.codec_context.format.name

    def frames() -> Iterator[av.AudioFrame]:
        samples = np.clip(sound.samples, -1, 1).astype(np.float32)
        for start in range(0, samples.shape[1], _PIECE):
            piece = np.ascontiguousarray(samples[:, start : start + _PIECE])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=sound.layout)
            frame.sample_rate = sound.rate
            frame.time_base = Fraction(1, sound.rate)
            frame.pts = start + round(sound.start * sound.rate)
            yield from convert.resample(frame)
        yield from convert.resample(None)

    convert = av.AudioResampler(format=kind, layout=sound.layout, rate=sound.rate)
    return stream, frames()
