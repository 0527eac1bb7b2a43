"""Decoding through a graph of FFmpeg's filters."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

from ..errors import InputError
from .probe import Media, opened


def filtered(media: Media, kind: str, build: Callable) -> Iterator:
    """Decode a stream, shift it to the file's clock, and send it through a graph of filters.

    Args:
        media (Media): The file.
        kind (str): ``'video'`` or ``'audio'``.
        build (Callable): Gives, of the open stream and its first frame, the filters between source
            and sink: a list of (name, arguments).

    Yields:
        av.VideoFrame | av.AudioFrame: What comes out.

    Raises:
        InputError: The file breaks while it is read.
    """
    stream = media.video_stream if kind == "video" else media.audio_stream
    with opened(media.path) as container:
        kinds = [found.type for found in container.streams]
        if kinds[stream : stream + 1] != [kind]:
            raise InputError(f"media file {media.path}: changed while it was read")
        source: Any = container.streams[stream]
        source.thread_type = "AUTO"
        graph = None
        for frame in container.decode(source):
            if frame.pts is None:
                continue
            frame.pts -= round(Fraction(media.origin) / frame.time_base)
            if graph is None:
                graph = _Graph(source, build(source, frame))
            yield from graph.through(frame)
        if graph is not None:
            yield from graph.through(None)


class _Graph:
    def __init__(self, source, filters: list[tuple[str, str]]):
        self.graph = Graph()
        is_video = source.type == "video"
        add = self.graph.add_buffer if is_video else self.graph.add_abuffer
        self.source = add(template=source)
        nodes = [self.graph.add(name, arguments) for name, arguments in filters]
        self.sink = self.graph.add("buffersink" if is_video else "abuffersink")
        self.graph.link_nodes(self.source, *nodes, self.sink).configure()

    def through(self, frame) -> Iterator:
        self.source.push(frame)
        while True:
            try:
                found = self.sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            yield found
