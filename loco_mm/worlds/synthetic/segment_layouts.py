"""File layouts of a world with segment labels: those of AVE and VGGSound-AVEL100k.

Shape letters: N videos, T segments, H and W cells of a map, D channels.
"""

import csv
import io
import pickle
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...datasets.avel.ave import KEY, AVEDataset
from ...datasets.avel.ave_files import NUM_SEGMENTS, AVEVideo
from ...datasets.avel.vggsound import VGGSoundAVELDataset
from ...fileio.hdf5 import h5py
from .segment_world import SegmentScript, SegmentWorld

_TABLE, _CLASS_LIST = VGGSoundAVELDataset.TABLE, VGGSoundAVELDataset.CLASS_FILE


class SegmentVideo(NamedTuple):
    """A video to write, and the key that determines its content."""

    line: AVEVideo | None
    subset: str | None
    key: tuple[int, ...]
    script: SegmentScript


class SegmentContent(NamedTuple):
    """Content of a world.

    Attributes:
        videos: Videos by row.
        noisy: Videos without an event.
        orders: Rows by split.
        classes: Class names by label.
    """

    videos: list[SegmentVideo]
    noisy: list[SegmentVideo]
    orders: dict[str, np.ndarray]
    classes: list[str]


class Layout(ABC):
    """Writes the files of a world.

    Args:
        world: The world.
        widths: Channels of visual and audio features.
        cells: Height and width of visual maps, in cells.
    """

    def __init__(self, world: SegmentWorld, widths: tuple[int, int], cells: int):
        self.world, self.widths, self.cells = world, widths, cells

    @abstractmethod
    def write(
        self, root: Path, wanted: set[str] | None, content: SegmentContent, progress: Callable
    ) -> set[str]:
        """Write the given files or, with None, all; return the names of all files."""

    def features(self, modality: str, video: SegmentVideo) -> np.ndarray:
        """Visual (T, H, W, D) or audio (T, D) features of a video."""
        if modality == "visual":
            return self.world.visual(video.key, video.script, self.widths[0], self.cells)
        return self.world.audio(video.key, video.script, self.widths[1])

    def shape(self, modality: str) -> tuple[int, ...]:
        """Shape of a video's features."""
        if modality == "visual":
            return NUM_SEGMENTS, self.cells, self.cells, self.widths[0]
        return NUM_SEGMENTS, self.widths[1]


class AVELayout(Layout):
    """One file per modality with the features of all videos."""

    def write(
        self, root: Path, wanted: set[str] | None, content: SegmentContent, progress: Callable
    ) -> set[str]:
        """Write annotations, orders and features."""
        lines = [video.line for video in content.videos if video.line]
        text = "".join(
            f"{line.category}&{line.video_id}&good&{line.start}&{line.end}\n" for line in lines
        )
        names = {"Annotations.txt", *(f"{subset}_order.h5" for subset in content.orders)}
        if wanted is None or "Annotations.txt" in wanted:
            (root / "Annotations.txt").write_text(text, encoding="utf-8")
        for subset, rows in content.orders.items():
            if wanted is None or f"{subset}_order.h5" in wanted:
                with h5py.File(root / f"{subset}_order.h5", "w") as file:
                    file["order"] = rows
        names |= self._write_features(root, wanted, content.videos, "", progress)
        return names | self._write_features(root, wanted, content.noisy, "noisy_", iter)

    def _write_features(
        self,
        root: Path,
        wanted: set[str] | None,
        videos: list[SegmentVideo],
        start: str,
        progress: Callable,
    ) -> set[str]:
        names = {name: AVEDataset.PREFIXES[start + name] for name in ("visual", "audio")}
        with ExitStack() as stack:
            arrays = {
                modality: stack.enter_context(h5py.File(root / name, "w")).create_dataset(
                    KEY, (len(videos), *self.shape(modality)), np.float32
                )
                for modality, name in names.items()
                if wanted is None or name in wanted
            }
            for row, video in enumerate(progress(videos) if arrays else ()):
                for modality, array in arrays.items():
                    array[row] = self.features(modality, video)
        return set(names.values())


class VGGSoundLayout(Layout):
    """One archive per video and kind, with channels first in visual maps."""

    def write(
        self, root: Path, wanted: set[str] | None, content: SegmentContent, progress: Callable
    ) -> set[str]:
        """Write the table, the list of classes and the archives."""
        names = {_TABLE, _CLASS_LIST}
        for folder in VGGSoundAVELDataset.PREFIXES.values():
            (root / folder).mkdir()
        rows: dict[str, tuple] = {}
        for video in progress(content.videos):
            if video.line is None or video.subset is None:
                continue
            # A video with two events gets two names.
            video_id = video.line.video_id
            while video_id in rows:
                video_id += "+"
            rows[video_id] = (video_id, video.line.category, video.subset)
            names |= self._write_video(root, wanted, video_id, video)
        if wanted is None or _TABLE in wanted:
            table = io.StringIO()
            csv.writer(table, lineterminator="\n").writerows(
                [("video_id", "category", "split"), *rows.values()]
            )
            (root / _TABLE).write_text(table.getvalue(), encoding="utf-8")
        if wanted is None or _CLASS_LIST in wanted:
            text = "".join(f"{name}\n" for name in content.classes)
            (root / _CLASS_LIST).write_text(text, encoding="utf-8")
        return names

    def _write_video(
        self, root: Path, wanted: set[str] | None, video_id: str, video: SegmentVideo
    ) -> set[str]:
        labels = np.array([(video.script.heard >= 0) & (video.script.seen >= 0)], float)
        arrays = {
            "visual": lambda: self.features("visual", video).transpose(0, 3, 1, 2).copy(),
            "audio": lambda: self.features("audio", video),
            "labels": lambda: labels,
        }
        names = {kind: f"{kind}/{video_id}.zip" for kind in arrays}
        for kind, name in names.items():
            if wanted is None or name in wanted:
                with zipfile.ZipFile(root / name, "w", zipfile.ZIP_DEFLATED) as archive:
                    # Without a date, so that the same settings give identical files.
                    member = zipfile.ZipInfo(f"{video_id}.pkl")
                    member.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(member, pickle.dumps(arrays[kind](), protocol=4))
        return set(names.values())


LAYOUTS: dict[str, type[AVELayout] | type[VGGSoundLayout]] = {
    "ave": AVELayout,
    "vggsound-avel": VGGSoundLayout,
}
