"""Decodes a stream with continuous timestamps, and applies FFmpeg's filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import InputError
from .probe import opened
from .pyav import av
from .track import Track


def decoded(track: Track) -> Iterator:
    """Decode a stream. Damaged packets are skipped and counted.

    Args:
        track: The stream.

    Yields:
        av.VideoFrame | av.AudioFrame: Decoded frames, with timestamps on the file's clock.

    Raises:
        InputError: The file cannot be read to its end, or too many packets are damaged.
    """
    track.damaged = 0
    with opened(track.path) as container:
        kinds = [found.type for found in container.streams]
        if kinds[track.stream : track.stream + 1] != [track.kind]:
            raise InputError(f"media file {track.path}: changed while it was read")
        source: Any = container.streams[track.stream]
        source.thread_type = "AUTO"
        # An empty packet repeats the previous frame; the decoder would take it for the end.
        packets = (packet for packet in container.demux(source) if packet.size)
        for number, packet in enumerate(packets):
            shift_packet(packet, track.move(number))
            yield from packet_frames(track, source, packet)
        yield from packet_frames(track, source, None)


def shift_packet(packet: Any, seconds: float) -> None:
    """Move the timestamps of a packet."""
    move = round(seconds / packet.time_base)
    if packet.pts is not None:
        packet.pts += move
    if packet.dts is not None:
        packet.dts += move


def packet_frames(track: Track, source: Any, packet: Any) -> Iterator:
    """Frames of a packet; without a packet, those that the decoder has buffered.

    Args:
        track: The stream, which counts damaged packets.
        source (av.stream.Stream): The stream.
        packet (av.Packet | None): The packet.
    """
    try:
        frames = source.decode(packet)
    except av.EOFError:
        return
    except av.FFmpegError as error:
        track.count_damaged(error.strerror)
        return
    for frame in frames:
        if frame.pts is not None:
            frame.time_base = source.time_base
            yield frame


class Filters:
    """A chain of filters for frames of the same format."""

    def __init__(self, frame: Any, chain: Sequence[tuple[str, str]]):
        """Build the chain.

        Args:
            frame (av.VideoFrame | av.AudioFrame): The first input frame.
            chain: Names and arguments of the filters.
        """
        self._form = _form(frame)
        self._graph = av.filter.Graph()
        if is_video := isinstance(frame, av.VideoFrame):
            self._source = self._graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            )
        else:
            self._source = self._graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format,
                layout=frame.layout,
                time_base=frame.time_base,
            )
        nodes = [self._graph.add(name, arguments) for name, arguments in chain]
        self._sink = self._graph.add("buffersink" if is_video else "abuffersink")
        self._graph.link_nodes(self._source, *nodes, self._sink).configure()

    def fit(self, frame: Any) -> bool:
        """Whether a frame has the format of the chain, as streams may change format."""
        return _form(frame) == self._form

    def through(self, frame: Any) -> Iterator:
        """Yield the output after an input frame, or after the end of the input, None."""
        self._source.push(frame)
        while True:
            try:
                found = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            yield found


def _form(frame: Any) -> tuple:
    """Format that all frames of a chain share."""
    if isinstance(frame, av.VideoFrame):
        return frame.width, frame.height, frame.format.name, frame.rotation
    return frame.sample_rate, frame.format.name, frame.layout.name
