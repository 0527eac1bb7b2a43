"""What a media file holds, and its clock."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import av
from av.container import InputContainer
from av.stream import Disposition

from ..errors import InputError
from ..fileio import open_regular
from ..text import first_line

# Seconds that nobody's video has, on the whole or without a picture: timestamps gone wrong.
LONGEST, LONGEST_GAP = 48 * 3600, 3600
# Boxes at the top of an MP4 among which its index is looked for.
_MOST_BOXES = 1000
# Share of the declared length, and seconds, that may be missing at the end.
MISSING_SHARE, MISSING_SECONDS = 0.02, 1.0
# No playlists and the like, which lead to other files and to the network.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,wav,mp3,"
    "flac,aac,rm,mxf,nut,gif,dv,w64,aiff,au,caf"
)


@dataclass(frozen=True)
class Media:
    """A media file with a picture and sound.

    Its clock starts where a player's does: at the first of what is shown or heard.

    Attributes:
        path (str): The file.
        origin (float): Timestamp, s, at which the clock starts.
        video_stream (int): Index of the video stream.
        audio_stream (int): Index of the audio stream.
        video_end (float): End of the last picture, s.
        audio_end (float): End of the sound, s.
    """

    path: str
    origin: float
    video_stream: int
    audio_stream: int
    video_end: float
    audio_end: float

    @property
    def duration(self) -> float:
        """Seconds until both have ended."""
        return max(self.video_end, self.audio_end)


def probe(path: str | Path) -> Media:
    """Read what a media file says of itself, and its packets' timestamps; nothing is decoded.

    Raises:
        InputError: It is no media file, lacks a video or an audio stream, is empty, or is cut off:
            ends long before it says it does.
    """
    with opened(path) as container:
        video = _stream(container, "video")
        audio = _stream(container, "audio")
        origin = (container.start_time or 0) / av.time_base
        declared = None if container.duration is None else container.duration / av.time_base
        ends, gap = dict.fromkeys((video, audio), -math.inf), 0.0
        for packet in container.demux(video, audio):
            if packet.pts is None or packet.time_base is None:
                continue
            start = float(packet.pts * packet.time_base) - origin
            end = ends[packet.stream.index]
            gap = max(gap, start - max(end, 0.0))
            length = float((packet.duration or 0) * packet.time_base)
            ends[packet.stream.index] = max(end, start + length)
    media = Media(str(path), origin, video, audio, ends[video], ends[audio])
    _check(media, declared, gap)
    return media


@contextmanager
def opened(path: str | Path) -> Iterator[InputContainer]:
    """Open a media file; nothing but it is read.

    Raises:
        InputError: It is missing, no media file, or breaks while it is read.
    """
    with open_regular(path, "media file") as file:
        if _lacks_index(file):
            raise InputError(
                f"media file {path}: its index (moov) is missing: it is cut off; get it anew"
            )
    try:
        # "file:" as a name may look like a protocol of FFmpeg.
        options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        with av.open(f"file:{path}", options=options) as container:
            yield container
    except (av.FFmpegError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(
            f"media file {path}: cannot be read as video and sound: {reason}; play or convert it "
            "to see whether it is whole"
        ) from error


def _lacks_index(file: BinaryIO) -> bool:
    """Whether a file begins as MP4 does, but its index, which often stands at its end, is lost.

    FFmpeg would take what is left for something else.
    """
    end = file.seek(0, os.SEEK_END)
    position = 0
    for number in range(_MOST_BOXES):
        file.seek(position)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:  # a longer number follows
            size = int.from_bytes(head[8:16], "big")
        if number == 0 and kind != b"ftyp":
            return False
        if kind == b"moov":
            return position + size > end
        if size < 8:  # the rest of the file
            return True
        position += size
    return False


def _stream(container: InputContainer, kind: Literal["video", "audio"]) -> int:
    """Index of the stream that a player would play."""
    found = [stream for stream in container.streams if stream.type == kind]
    # The cover of a song is no video.
    playable = [s for s in found if not s.disposition & Disposition.attached_pic]
    if not playable:
        kinds = ", ".join(stream.type for stream in container.streams) or "nothing"
        raise InputError(
            f"media file {container.name.removeprefix('file:')}: no {kind} stream found ({kinds}), "
            "a video stream and an audio stream expected"
        )
    best = container.streams.best(kind)
    return (best if best in playable else playable[0]).index


def _check(media: Media, declared: float | None, gap: float) -> None:
    for kind, end in dict(video=media.video_end, audio=media.audio_end).items():
        if not end > 0:
            raise InputError(f"media file {media.path}: its {kind} stream is empty")
    if media.duration > LONGEST or gap > LONGEST_GAP:
        raise InputError(
            f"media file {media.path}: timestamps up to {media.duration:.0f} s with a gap of "
            f"{gap:.0f} s found, at most {LONGEST} s and {LONGEST_GAP} s expected: convert it"
        )
    missing = (declared or 0) - media.duration
    if missing > max(MISSING_SECONDS, MISSING_SHARE * (declared or 0)):
        raise InputError(
            f"media file {media.path}: ends after {media.duration:.1f} s of {declared:.1f} s that "
            "it says it has: it is cut off; get it anew"
        )
