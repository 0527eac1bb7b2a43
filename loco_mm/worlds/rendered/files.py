"""Writes a rendered world: videos, and annotations in the UnAV-100 form."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...datasets.av_dataset import ANN_FILE
from ...errors import InputError
from ...media import Pictures, Sound, write_video
from ...structures import Events
from ..synthetic.plan import WorldPlan, build_plan, make_id
from ..synthetic.setting_checks import are_counts
from ..synthetic.splits import SUBSETS, check_num_videos, video_entry, video_keys
from .content import ClassFiles, find_content
from .looks import CLASSES
from .recorded import RecordedCast
from .rendering import pictures, sound
from .scenes import RenderedWorld, Scene

# Must be increased whenever the same settings give other files.
_GENERATOR = 1
VIDEOS = "videos"
# Width and height of frames with pictures, which need more pixels than shapes.
_CONTENT_SIZE = (240, 180)
# Files nearly as small as with the default, in half the time.
_ENCODING = {"preset": "veryfast"}


class RenderedVideo(NamedTuple):
    """A video to write, and the key that determines its content."""

    video_id: str
    subset: str
    key: tuple[int, ...]
    scene: Scene


@dataclass(frozen=True)
class RenderedWorldFiles(WorldPlan):
    """The files of a rendered world.

    Args:
        world: The world.
        num_videos: Number of train, validation and test videos.
        frame_size: Width and height of the frames, even.
        fps: Frame rate.
        rate: Sampling rate in Hz.
        classes: Files of the classes, by label; None for shapes with sounds of their own, the first
            of :data:`~.looks.CLASSES`.
    """

    world: RenderedWorld
    num_videos: tuple[int, int, int] = (160, 30, 50)
    frame_size: tuple[int, int] = (160, 120)
    fps: float = 16.0
    rate: int = 16000
    classes: tuple[ClassFiles, ...] | None = None

    def __post_init__(self) -> None:
        check_num_videos("rendered world", self.num_videos)
        if not are_counts(self.frame_size, 2, 16) or any(side % 2 for side in self.frame_size):
            raise InputError(
                "rendered world: expected an even width and height from 16 on, got "
                f"frame_size={self.frame_size!r}"
            )
        if self.world.num_classes > len(self.names):
            raise InputError(
                f"rendered world: num_classes: expected at most {len(self.names)}, got "
                f"{self.world.num_classes}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all classes that there are."""
        return tuple(found.name for found in self.classes or CLASSES)

    @cached_property
    def cast(self) -> RecordedCast | None:
        """Classes with files, read when they are first used; None for shapes."""
        if self.classes is None:
            return None
        return RecordedCast(self.classes[: self.world.num_classes], self.rate)

    def settings(self) -> dict:
        """All settings that determine the files, in JSON types; given files by checksum."""
        found = dict(rendered=_GENERATOR, **asdict(self))
        del found["classes"]
        if self.classes is not None:
            used = self.classes[: self.world.num_classes]
            found["classes"] = {files.name: files.digests() for files in used}
        return json.loads(json.dumps(found))

    def content(self) -> list[RenderedVideo]:
        """All videos."""
        return [
            RenderedVideo(make_id(self.world.seed, k), SUBSETS[k[0]], k, self.world.scene(k))
            for k in video_keys(self.num_videos)
        ]

    def size(self, content: list[RenderedVideo]) -> int:
        """Approximate size of the videos in bytes."""
        return sum(round(40_000 * video.scene.duration) for video in content)

    def write_files(
        self, root: Path, wanted: set[str] | None, content: list[RenderedVideo], progress: Callable
    ) -> set[str]:
        """Write the given files or, with None, all; return the names of all files."""
        classes = list(self.names[: self.world.num_classes])
        names, database = {ANN_FILE}, {}
        for video in progress(content):
            name = f"{VIDEOS}/{video.video_id}.mp4"
            names.add(name)
            if wanted is None or name in wanted:
                self._write_video(root / name, video)
            # float32 seconds with as few digits as identify them.
            events = video.scene.events
            segments = np.round(events.segments.astype(np.float64), 3)
            database[video.video_id] = video_entry(
                video.scene.duration, video.subset, Events(segments, events.labels), classes
            )
        if wanted is None or ANN_FILE in wanted:
            (root / ANN_FILE).parent.mkdir(parents=True)
            file = dict(version="rendered", classes=classes, database=database)
            (root / ANN_FILE).write_text(json.dumps(file))
        return names

    def _write_video(self, path: Path, video: RenderedVideo) -> None:
        key = (self.world.seed, *video.key)
        frames = pictures(video.scene, key, self.fps, self.frame_size, self.cast)
        samples = sound(video.scene, key, self.rate, self.cast)[None]
        shown = Pictures(frames, self.frame_size, self.fps, options=_ENCODING)
        write_video(path, shown, Sound(samples, self.rate))


def make_rendered_plan(
    world: dict, files: dict, content: str | Path | None = None
) -> RenderedWorldFiles:
    """Create a plan from plain dicts, see :func:`~..synthetic.plan.build_plan`.

    Args:
        world: Settings of the world.
        files: Settings of the plan other than the world.
        content: Folder with pictures and recordings, see :func:`find_content`; by default all its
            classes are used.
    """
    if content is not None:
        classes = find_content(content)
        world = dict(num_classes=len(classes)) | world
        files = dict(frame_size=_CONTENT_SIZE) | files | dict(classes=classes)
    return build_plan(RenderedWorldFiles, RenderedWorld, world, files)
