"""Writes a world with segment labels, in the layout of AVE or of VGGSound-AVEL100k."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ...datasets.avel.ave import CLASSES
from ...datasets.avel.ave_files import (
    NUM_SEGMENTS,
    SUBSETS,
    AVEVideo,
    read_ave_annotations,
    read_ave_orders,
)
from ...errors import InputError
from .plan import WorldPlan, build_plan, digest, make_id
from .segment_layouts import LAYOUTS, SegmentContent, SegmentVideo
from .segment_world import SegmentWorld
from .setting_checks import are_counts, is_count

# Must be increased whenever the same settings give other files.
GENERATOR = 1


@dataclass(frozen=True)
class SegmentWorldFiles(WorldPlan):
    """The files of a world with segment labels.

    Args:
        world: The world.
        num_videos: Number of train, val and test videos, if they are generated.
        num_noisy: Number of videos without an event, for weak supervision, in AVE's layout.
        layout: ``'ave'`` or ``'vggsound-avel'``.
        widths: Channels of visual and audio features.
        cells: Height and width of visual maps, in cells.
        ave: Folder with ``Annotations.txt`` and the ``*_order.h5`` of AVE, whose videos, classes
            and events are used instead of generated ones.
    """

    world: SegmentWorld
    num_videos: tuple[int, int, int] = (400, 100, 100)
    num_noisy: int = 40
    layout: str = "ave"
    widths: tuple[int, int] = (64, 32)
    cells: int = 7
    ave: str | None = None

    def __post_init__(self) -> None:
        classes = self.world.num_classes
        counts = "three integers >= 1"
        for name, good, expected in (
            ("num_videos", are_counts(self.num_videos, len(SUBSETS), 1), counts),
            ("num_noisy", is_count(self.num_noisy, 1), "an integer >= 1"),
            ("layout", self.layout in list(LAYOUTS), f"one of {sorted(LAYOUTS)}"),
            ("widths", are_counts(self.widths, 2, 2), "two integers >= 2"),
            ("cells", is_count(self.cells, 1), "an integer >= 1"),
        ):
            if not good:
                found = f"{name}={getattr(self, name)!r}"
                raise InputError(f"synthetic world: expected {expected}, got {found}")
        if self.layout == "ave" and classes > len(CLASSES):
            raise InputError(
                f"synthetic world: expected at most the {len(CLASSES)} classes of AVE, got "
                f"num_classes={classes}"
            )

    def settings(self) -> dict:
        """All settings that determine the files, in JSON types; given files by checksum."""
        settings = dict(kind="segments", generator=GENERATOR, **asdict(self))
        if self.ave is not None:
            names = ["Annotations.txt", *(f"{subset}_order.h5" for subset in SUBSETS)]
            folder = Path(self.ave)
            settings["ave"] = {name: digest(folder / name, "file of AVE") for name in names}
        return json.loads(json.dumps(settings))

    def content(self) -> SegmentContent:
        """All videos, and the rows of each split."""
        lines, orders = self._made_up() if self.ave is None else self._given(Path(self.ave))
        subset_of = {row: name for name, rows in orders.items() for row in rows.tolist()}
        classes = self._class_names()
        videos = []
        for row, line in enumerate(lines):
            script = self.world.script((0, row), classes.index(line.category), line.active)
            videos.append(SegmentVideo(line, subset_of.get(row), (0, row), script))
        noisy = []
        for row in range(self.num_noisy):
            script = self.world.script((1, row), None, np.zeros(NUM_SEGMENTS, bool))
            noisy.append(SegmentVideo(None, None, (1, row), script))
        return SegmentContent(videos, noisy, orders, classes)

    def size(self, content: SegmentContent) -> int:
        """Total size of the features in bytes."""
        visual, audio = self.widths
        count = len(content.videos) + len(content.noisy)
        return 4 * count * NUM_SEGMENTS * (visual * self.cells**2 + audio)

    def write_files(
        self, root: Path, wanted: set[str] | None, content: SegmentContent, progress: Callable
    ) -> set[str]:
        """Write the given files or, with None, all; return the names of all files."""
        root.mkdir(parents=True)
        layout = LAYOUTS[self.layout](self.world, self.widths, self.cells)
        return layout.write(root, wanted, content, progress)

    def _class_names(self) -> list[str]:
        if self.world.num_classes <= len(CLASSES):
            return list(CLASSES[: self.world.num_classes])
        return [f"class {label}" for label in range(self.world.num_classes)]

    def _made_up(self) -> tuple[list[AVEVideo], dict[str, np.ndarray]]:
        """Generated videos, of which as many are events throughout as in AVE, in random order."""
        rng = np.random.default_rng([self.world.seed, 20])
        names = self._class_names()
        lines = []
        for row in range(sum(self.num_videos)):
            start, end = 0, NUM_SEGMENTS
            if rng.random() > 2 / 3:
                start, end = np.sort(rng.choice(NUM_SEGMENTS + 1, 2, replace=False)).tolist()
            video_id = make_id(self.world.seed, (20, row))
            lines.append(AVEVideo(names[int(rng.integers(len(names)))], video_id, start, end))
        parts = np.split(rng.permutation(len(lines)), np.cumsum(self.num_videos)[:-1])
        return lines, dict(zip(SUBSETS, parts, strict=True))

    def _given(self, folder: Path) -> tuple[list[AVEVideo], dict[str, np.ndarray]]:
        lines = read_ave_annotations(folder / "Annotations.txt")
        names = self._class_names()
        if unknown := sorted({line.category for line in lines} - set(names)):
            raise InputError(
                f"synthetic world: expected the first num_classes={self.world.num_classes} "
                f"categories of AVE, got {unknown[0]!r} in {folder}"
            )
        return lines, read_ave_orders(folder, len(lines))


def make_segment_plan(world: dict, files: dict) -> SegmentWorldFiles:
    """Create a plan from plain dicts, see :func:`build_plan`."""
    return build_plan(SegmentWorldFiles, SegmentWorld, world, files)
