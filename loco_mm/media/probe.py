"""Reads the streams and timestamps of a media file."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..fileio import open_regular
from ..text import first_line
from .boxes import lacks_index
from .pyav import av
from .timeline import Timeline
from .track import Track, longest_gap, shared_gaps

# Maximum duration, and maximum gap without frames, in seconds; more means wrong timestamps.
LONGEST, LONGEST_GAP = 48 * 3600, 3600
# Minimum gap of one stream, and of both, in seconds, that causes a warning.
LONG_GAP, SHARED_GAP = 10.0, 1.0
# Minimum bytes per second of a long file, which even still frames and silence exceed; and the
# duration in seconds up to which it is not checked.
LEAST_BYTES, SHORT = 100, 3600
_INSTEAD = {"video": "its last frame is shown for", "audio": "silence is used for"}
# Maximum fraction of a file in which both streams have gaps.
MOST_SHARED = 0.5
# Fraction of the declared duration, and seconds, that may be missing at the end.
MISSING_SHARE, MISSING_SECONDS = 0.02, 1.0
# Excludes playlists and similar formats, which refer to other files or to the network.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,wav,mp3,"
    "flac,aac,rm,mxf,nut,gif,dv,w64,aiff,au,caf"
)


@dataclass(frozen=True)
class Media:
    """A media file with a video and an audio stream.

    Time 0 is where a player starts: at the first frame or sample. If timestamps restart, as in
    concatenated recordings, time continues.

    Attributes:
        path: Path of the file.
        video: Its video stream.
        audio: Its audio stream.
        parts: Times in seconds at which timestamps restart or jump.
    """

    path: str
    video: Track
    audio: Track
    parts: Sequence[float]

    @property
    def video_end(self) -> float:
        """End of the video stream in seconds."""
        return self.video.end

    @property
    def audio_end(self) -> float:
        """End of the audio stream in seconds."""
        return self.audio.end

    @property
    def duration(self) -> float:
        """End of the longer stream in seconds."""
        return max(self.video_end, self.audio_end)

    def remarks(self) -> list[str]:
        """Warnings about the file; after it has been read, also about damaged packets."""
        found = []
        if self.parts:
            times = ", ".join(f"{part:.1f} s" for part in self.parts[:3])
            times += ", ..." * (len(self.parts) > 3)
            found.append(f"timestamps restart or jump at {times}: the parts are joined")
        tracks = (self.video, self.audio)
        early, late = sorted(tracks, key=lambda track: track.end)
        if late.end - early.end > max(1.0, 0.1 * late.end):
            times = f"{early.end:.1f} s of {late.end:.1f} s"
            instead = f"{_INSTEAD[early.kind]} the rest"
            found.append(f"its {early.kind} stream ends after {times}: {instead}")
        shared = longest_gap(shared_gaps(self.video.gaps, self.audio.gaps))
        if shared.length > SHARED_GAP:
            found.append(f"neither picture nor sound {shared}: it is damaged, or pauses")
        for track in tracks:
            gap = longest_gap(track.gaps)
            if gap.length > LONG_GAP + shared.length:
                instead = f"{_INSTEAD[track.kind]} it"
                found.append(f"its {track.kind} stream has nothing {gap}: {instead}")
            if track.damaged:
                share = f"{track.damaged} of {track.packets} packets"
                found.append(f"{share} of its {track.kind} stream cannot be decoded: skipped")
        return [f"media file {self.path}: {remark}" for remark in found]


def probe(path: str | Path) -> Media:
    """Read the header of a media file and the timestamps of its packets, without decoding.

    Raises:
        InputError: The file is not a media file, lacks a video or audio stream that can be decoded,
            is empty, or is truncated, so that it ends much earlier than declared.
    """
    with opened(path) as container:
        video, audio = (
            Track(str(path), kind, played_stream(container, kind, path))
            for kind in ("video", "audio")
        )
        clock = Clock(container)
        by_stream = {track.stream: track for track in (video, audio)}
        for packet in container.demux(*by_stream):
            clock.add(packet, by_stream[packet.stream.index])
        declared = _declared(container, by_stream, clock.origin)
    media = Media(str(path), video, audio, clock.timeline.starts)
    _check(media, declared)
    return media


class Clock:
    """Adds packets to their tracks, on one continuous clock that starts at 0.

    Args:
        container (av.container.InputContainer): The file.
    """

    def __init__(self, container: Any):
        self.origin = (container.start_time or 0) / av.time_base
        jumps = av.format.Flags.ts_discont in av.format.Flags(container.format.flags)
        self.timeline = Timeline(jumps)

    def add(self, packet: Any, track: Track) -> None:
        """Add a packet to its track."""
        base = packet.time_base
        times = [time for time in (packet.dts, packet.pts) if time is not None]
        if times and base is not None:
            length = float((packet.duration or 0) * base)
            time = float(times[0] * base) - self.origin
            move = self.timeline.move(track.stream, time, length)
            start = float(times[-1] * base) - self.origin + move
            track.add(start, length, move - self.origin)
        track.packets += bool(packet.size)


def _declared(
    container: av.container.InputContainer, streams: Iterable[int], origin: float
) -> float:
    """Declared end of the later of two streams in seconds; 0 if there is none."""
    found = [_declared_end(container.streams[number], origin) for number in streams]
    whole = (container.duration or 0) / av.time_base
    if not any(found):
        # The duration of the file may be that of other streams.
        return whole if len(container.streams) == len(found) else 0.0
    return min(max(found), whole or math.inf)


def _declared_end(stream: av.stream.Stream, origin: float) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base) - origin
    # Matroska stores it as hours:minutes:seconds.
    clock = re.match(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))
    hours, minutes, seconds = map(float, clock.groups()) if clock else (0.0, 0.0, 0.0)
    return 3600 * hours + 60 * minutes + seconds


@contextmanager
def opened(path: str | Path) -> Iterator[av.container.InputContainer]:
    """Open a media file, without following references to other files.

    Raises:
        InputError: The file is missing, not a media file, or cannot be read to its end.
    """
    with open_regular(path, "media file") as file:
        if lacks_index(file):
            raise InputError(
                f"media file {path}: its index (moov) is missing: it is truncated; get a new copy"
            )
    # "file:" because a name may look like a protocol of FFmpeg.
    with opened_source(f"file:{path}", path) as container:
        yield container


@contextmanager
def opened_source(source: Any, name: str | Path) -> Iterator[av.container.InputContainer]:
    """Open a media file or an object with ``read``, without following references to other files.

    Args:
        source (str | BinaryIO): ``file:`` and a path, or the object.
        name: Name of the file, for messages.

    Raises:
        InputError: It is not media, or cannot be read to its end.
    """
    try:
        options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        with av.open(source, options=options) as container:
            yield container
    except (av.FFmpegError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(
            f"media file {name}: cannot be read as video and audio: {reason}; check that it "
            "plays, or convert it"
        ) from error


def played_stream(container: Any, kind: str, name: str | Path) -> int:
    """Index of the stream that a player would select.

    Args:
        container (av.container.InputContainer): The file.
        kind: ``'video'`` or ``'audio'``.
        name: Name of the file, for messages.

    Raises:
        InputError: There is none that can be decoded.
    """
    found = [stream for stream in container.streams if stream.type == kind]
    # A cover image is not a video.
    played = [s for s in found if not s.disposition & av.stream.Disposition.attached_pic]
    if not played:
        kinds = ", ".join(stream.type for stream in container.streams) or "nothing"
        raise InputError(
            f"media file {name}: expected a video stream and an audio stream, got no {kind} stream "
            f"({kinds})"
        )
    # Without a decoder there is no context: phones record spatial audio as an additional stream.
    playable = [stream for stream in played if stream.codec_context is not None]
    if not playable:
        raise InputError(
            f"media file {name}: its {kind} has a format that FFmpeg cannot decode: convert it"
        )
    best = container.streams.best(kind)
    return (best if best in playable else playable[0]).index


def _check(media: Media, declared: float) -> None:
    for kind, end in dict(video=media.video_end, audio=media.audio_end).items():
        if not end > 0:
            raise InputError(f"media file {media.path}: its {kind} stream is empty")
    gap = longest_gap([*media.video.gaps, *media.audio.gaps]).length
    if media.duration > LONGEST or gap > LONGEST_GAP:
        raise InputError(
            f"media file {media.path}: expected at most {LONGEST} s and gaps of at most "
            f"{LONGEST_GAP} s, got {media.duration:.0f} s with a gap of {gap:.0f} s: convert it"
        )
    size = os.path.getsize(media.path)
    if media.duration > SHORT and size < LEAST_BYTES * media.duration:
        raise InputError(
            f"media file {media.path}: expected at least {LEAST_BYTES} bytes per second, got "
            f"{size} bytes for {media.duration:.0f} s: its timestamps are wrong; convert it"
        )
    empty = sum(gap.length for gap in shared_gaps(media.video.gaps, media.audio.gaps))
    if empty > MOST_SHARED * media.duration:
        raise InputError(
            f"media file {media.path}: neither picture nor sound in {empty:.1f} s of "
            f"{media.duration:.1f} s: it is damaged; get a new copy"
        )
    # For joined parts, it is the last timestamp.
    missing = 0.0 if media.parts else declared - media.duration
    if missing > max(MISSING_SECONDS, MISSING_SHARE * declared):
        raise InputError(
            f"media file {media.path}: ends after {media.duration:.1f} s of the declared "
            f"{declared:.1f} s: it is truncated; get a new copy"
        )
