"""Reads a video while it runs: a file that grows, a pipe, or frames and sound of a program.

Shape letters: N frames, H and W height and width, M samples, C channels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import bad_argument, check_number
from ..errors import InputError
from .decoding import packet_frames, shift_packet
from .frames import FrameSpec, frames_at
from .growing import Pipe, growing
from .probe import LONGEST_GAP, Clock, opened_source, played_stream
from .pyav import av
from .sound import sound_at
from .track import Track

# One stream may be this many seconds behind the other one. Then its last frame is repeated, or
# silence is used, instead of waiting for it.
MOST_BEHIND = 5.0
# Number of damaged packets that is always accepted: the first ones of a recording that was joined
# late cannot be decoded.
SPARED = 250
_LAYOUTS = {1: "mono", 2: "stereo"}
_KINDS = ("video", "audio")

# Stream of some media, and a function that decodes it.
Unit = tuple[str, Callable[[], Iterator]]


@dataclass(frozen=True)
class MediaChunks:
    """Frames and sound of a running video, such as a camera's.

    Attributes:
        chunks: Pairs of frames (N, H, W, 3) uint8 RGB, and samples (M,) or (M, C) float32 in
            [-1, 1], of one or two channels. Both continue those of the chunk before. Either may be
            None, but neither should be more than some seconds behind the other.
        fps: Frames per second.
        sample_rate: Samples per second.
        video_id: Id of the video.
    """

    chunks: Iterable[tuple[Any, Any]]
    fps: float
    sample_rate: int
    video_id: str = "video"


class LiveMedia:
    """The streams of a running video, which are read when they are needed.

    Args:
        tracks: Its video and its audio stream, by kind.
        units: What is read, in order, with updates of the tracks.

    Attributes:
        ended: Whether the video has ended.
    """

    def __init__(self, tracks: Mapping[str, Track], units: Iterator[Unit]):
        self.tracks, self.ended = tracks, False
        self._units = units
        self._queues: dict[str, deque] = {kind: deque() for kind in _KINDS}

    @property
    def time(self) -> float:
        """Seconds that were read; at the end, the duration of the video."""
        return max(0.0, *(track.end for track in self.tracks.values()))

    def read_until(self, seconds: float) -> None:
        """Read until a time, or to the end."""
        while not self.ended and self.time < seconds:
            self._read()

    def frames(self, fps: float, spec: FrameSpec) -> Iterator[np.ndarray]:
        """Frames at a constant rate, see :func:`frames_at`; endless."""
        return frames_at(self._decoded("video", "audio"), fps, self.tracks["video"], spec)

    def sound(self, rate: int) -> Iterator[np.ndarray]:
        """Audio at a constant sampling rate, see :func:`sound_at`; endless."""
        return sound_at(self._decoded("audio", "video"), rate, self.tracks["audio"])

    def _read(self) -> None:
        before = self.time
        unit = next(self._units, None)
        if unit is None:
            self.ended = True
            return
        kind, decode = unit
        self._queues[kind].append(decode)
        if self.time - before > LONGEST_GAP:
            path = self.tracks[kind].path
            raise InputError(
                f"media file {path}: expected gaps of at most {LONGEST_GAP} s, got one of "
                f"{self.time - before:.0f} s after {before:.0f} s: its timestamps are wrong"
            )

    def _decoded(self, kind: str, other: str) -> Iterator:
        """Decoded frames, and times for which there is none."""
        queue, passed = self._queues[kind], 0.0
        while True:
            until = self.tracks[other].end - MOST_BEHIND
            if queue:
                yield from queue.popleft()()
            elif self.ended:
                return
            elif until > max(passed, self.tracks[kind].end):
                passed = until
                yield Fraction(until)
            else:
                self._read()


@contextmanager
def open_live(source: Any, timeout: float = 5.0) -> Iterator[LiveMedia]:
    """Open a running video.

    Args:
        source (str | Path | BinaryIO | MediaChunks): A file, which may still grow: MPEG-TS,
            Matroska, fragmented MP4, or any complete file; an open binary file, such as a pipe; or
            frames and sound.
        timeout: Seconds after which a file that does not grow is complete.

    Raises:
        InputError: The file is invalid, or a chunk has another form; also while it is read.
    """
    if isinstance(source, MediaChunks):
        tracks = {kind: Track(source.video_id, kind, 0) for kind in _KINDS}
        yield LiveMedia(tracks, _units_of_chunks(source, tracks))
    elif isinstance(source, (str, Path)):
        with growing(source, timeout) as file, _opened(file, str(source)) as media:
            yield media
    else:
        with _opened(Pipe(source), str(getattr(source, "name", "of a pipe"))) as media:
            yield media


@contextmanager
def _opened(file: Any, name: str) -> Iterator[LiveMedia]:
    with opened_source(file, name) as container:
        tracks = {
            kind: Track(name, kind, played_stream(container, kind, name), spared=SPARED)
            for kind in _KINDS
        }
        yield LiveMedia(tracks, _units_of_file(container, tracks))


def _units_of_file(container: Any, tracks: Mapping[str, Track]) -> Iterator[Unit]:
    clock, streams = Clock(container), {track.stream: track for track in tracks.values()}
    for number in streams:
        container.streams[number].thread_type = "AUTO"
    for packet in container.demux(*streams):
        track = streams[packet.stream.index]
        clock.add(packet, track)
        # An empty packet repeats the previous frame, or marks the end.
        if packet.size:
            shift_packet(packet, track.move(track.packets - 1))
            yield track.kind, partial(packet_frames, track, packet.stream, packet)
    for number, track in streams.items():
        yield track.kind, partial(packet_frames, track, container.streams[number], None)


def _units_of_chunks(source: MediaChunks, tracks: Mapping[str, Track]) -> Iterator[Unit]:
    fps = check_number("MediaChunks.fps", source.fps, "a positive number", above=0)
    rate = check_number("MediaChunks.sample_rate", source.sample_rate, "Hz", above=0)
    steps = dict(video=1 / Fraction(fps).limit_denominator(100_000), audio=Fraction(1, int(rate)))
    given = dict.fromkeys(_KINDS, 0)
    for number, chunk in enumerate(source.chunks):
        where = f"MediaChunks.chunks[{number}]"
        if not isinstance(chunk, tuple) or len(chunk) != 2:
            raise bad_argument(where, type(chunk).__name__, "a pair (frames, samples)")
        frames, samples = chunk
        units: list = [("video", frame, 1) for frame in _frames(f"{where}[0]", frames)]
        units += [("audio", *x) for x in _samples(f"{where}[1]", samples, int(rate))]
        for kind, frame, count in units:
            frame.pts, frame.time_base = given[kind], steps[kind]
            given[kind] += count
            tracks[kind].end = float(given[kind] * steps[kind])
            tracks[kind].packets += 1
            yield kind, partial(iter, [frame])


def _frames(where: str, given: Any) -> Iterator[av.VideoFrame]:
    for image in () if given is None else given:
        if getattr(image, "dtype", None) != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            found = f"{getattr(image, 'dtype', type(image).__name__)} {np.shape(image)}"
            raise bad_argument(where, found, "uint8 frames (H, W, 3)")
        yield av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")


def _samples(where: str, given: Any, rate: int) -> Iterator[tuple[av.AudioFrame, int]]:
    if given is None or not len(given):
        return
    samples = np.asarray(given)
    samples = samples[:, None] if samples.ndim == 1 else samples
    if samples.dtype.kind != "f" or samples.ndim != 2 or samples.shape[1] not in _LAYOUTS:
        found = f"{samples.dtype} {samples.shape}"
        raise bad_argument(where, found, "float samples (M,) or (M, C) of 1 or 2 channels")
    planes = np.ascontiguousarray(samples.T, np.float32)
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=_LAYOUTS[len(planes)])
    frame.sample_rate = rate
    yield frame, len(samples)
