"""VGGSound-AVEL100k (Zhou et al., TPAMI 2022): 101,072 videos of ten seconds, 141 classes.

The file layout is that of CPSP's data loader: a table of videos, a list of classes, and three
folders with one archive per video for visual features, audio features and labels of segments.

Shape letters: T = 10 segments, H and W cells of a map, D channels.
"""

import os
from pathlib import Path

import numpy as np

from ...arguments import checked
from ...arrays import as_float32
from ...errors import InputError
from ...fileio import read_zipped_array
from ...registry import DATASETS
from ...schema import show
from .ave_files import NUM_SEGMENTS
from .avel_dataset import AVELDataset, Reader, segment_labels
from .mean_cache import spatial_mean
from .video_table import read_video_table

# Height and width of a map, by which its axes are identified.
_CELLS = 7


@DATASETS.register_module()
class VGGSoundAVELDataset(AVELDataset):
    """VGGSound-AVEL100k, and other datasets in its file layout.

    The arrays are pickled, but are read without executing the pickles. Visual features may be
    (T, 7, 7, D) or (T, D, 7, 7). If audio features have fewer than ten segments, the last one is
    repeated; additional ones are dropped.

    Args:
        data_root: Folder of the dataset.
        ann_file: Table of the videos, relative to ``data_root``.
        data_prefix: ``visual``, ``audio`` and ``labels``: folders of the archives
            ``{video_id}.zip``, relative to ``data_root``.
        metainfo: ``classes``: class names, or a text file with one name per line; by default the
            dataset's own list in ``data_root``.
        **kwargs: See :class:`AVELDataset`.
    """

    METAINFO = dict(dataset_type="vggsound-avel")
    PREFIXES = dict(visual="visual", audio="audio", labels="labels")
    TABLE, CLASS_FILE = "vggsound-avel100k.csv", "VggsoundAVEL100kCategories.txt"

    @checked
    def __init__(
        self,
        data_root: str = "data/vggsound-avel100k",
        ann_file: str = TABLE,
        data_prefix: dict | None = None,
        metainfo: dict | None = None,
        **kwargs,
    ):
        super().__init__(
            data_root=data_root,
            ann_file=ann_file,
            data_prefix=data_prefix,
            metainfo={"classes": str(Path(data_root) / self.CLASS_FILE), **(metainfo or {})},
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """Read the split.

        Raises:
            InputError: The table is missing or invalid, or a category is not one of the classes.
        """
        rows = read_video_table(self.ann_file)
        labels = self.labels_of(
            [row.category for row in rows],
            lambda number: (
                f"table of videos {self.ann_file}: category of video {rows[number].video_id}"
            ),
        )
        trained = [(row.video_id, row.category) for row in rows if row.split == "train"]
        samples = []
        for subset in self.subset:
            own = [(number, row) for number, row in enumerate(rows) if row.split == subset]
            self.log_shared(subset, [(row.video_id, row.category) for _, row in own], trained)
            samples += [
                dict(
                    video_id=row.video_id,
                    row=number,
                    subset=subset,
                    label=labels[number],
                )
                for number, row in own
            ]
        if not samples:
            raise InputError(
                f"table of videos {self.ann_file}: expected videos of {self.subset}, got none"
            )
        return samples

    def make_reader(self, samples: list[dict]) -> Reader:
        """Reader of the archives of a sample.

        Raises:
            InputError: Archives are missing.
        """
        folders = {name: str(folder) for name, folder in self.data_prefix.items()}
        if not self.knows_segments and self.video_label == "class":
            del folders["labels"]
        for name, folder in folders.items():
            present = set(os.listdir(folder)) if os.path.isdir(folder) else set()
            missing = [s["video_id"] for s in samples if f"{s['video_id']}.zip" not in present]
            if missing:
                raise InputError(
                    f"{folder}: archives of {len(missing)} of {len(samples)} videos of "
                    f"{'/'.join(self.subset)} are missing, the first: {missing[0]}.zip; change "
                    f"dataset.data_root or dataset.data_prefix.{name}, or remove such videos from "
                    f"{self.ann_file}"
                )
        return VGGSoundReader(
            folders,
            self.visual_dim,
            self.audio_dim,
            len(self._metainfo["classes"]),
            self.features == "mean",
        )


class VGGSoundReader:
    """Reads the features and labels of a sample.

    Args:
        folders: Folders of the archives: ``visual``, ``audio`` and, if segments have labels,
            ``labels``.
        visual_dim: Channels of the visual features.
        audio_dim: Channels of the audio features.
        num_classes: Number of classes, which is also the label of background.
        mean: Whether to average the maps over their cells.
    """

    def __init__(
        self,
        folders: dict[str, str],
        visual_dim: int,
        audio_dim: int,
        num_classes: int,
        mean: bool,
    ):
        self.folders = folders
        self.visual_dim, self.audio_dim = visual_dim, audio_dim
        self.num_classes = num_classes
        self.mean = mean

    def __call__(self, sample: dict) -> dict[str, np.ndarray]:
        """``visual`` (T, 7, 7, D), or (T, D) means, ``audio`` (T, D) and ``segment_labels``."""
        video_id = sample["video_id"]
        visual = self._visual(*self._array("visual", video_id, "visual features"))
        audio = self._audio(*self._array("audio", video_id, "audio features"))
        arrays = dict(visual=visual, audio=audio)
        if "labels" in self.folders:
            active = self._active(*self._array("labels", video_id, "labels"))
            arrays["segment_labels"] = segment_labels(sample["label"], active, self.num_classes)
        return arrays

    def _array(self, name: str, video_id: str, what: str) -> tuple[str, np.ndarray]:
        path = os.path.join(self.folders[name], f"{video_id}.zip")
        return path, read_zipped_array(path, what)

    def _visual(self, path: str, maps: np.ndarray) -> np.ndarray:
        shape, wanted = maps.shape, (NUM_SEGMENTS, _CELLS, _CELLS, self.visual_dim)
        if shape == (NUM_SEGMENTS, self.visual_dim, _CELLS, _CELLS) and shape != wanted:
            maps = np.ascontiguousarray(maps.transpose(0, 2, 3, 1))
        elif shape != wanted:
            raise InputError(
                f"visual features {path}: expected shape {wanted} or "
                f"{(wanted[0], wanted[3], *wanted[1:3])}, got {shape}: change "
                "dataset.visual_dim, or the features"
            )
        maps = as_float32(f"visual features {path}", maps)
        return spatial_mean(maps) if self.mean else maps

    def _audio(self, path: str, features: np.ndarray) -> np.ndarray:
        if features.ndim != 2 or not len(features) or features.shape[1] != self.audio_dim:
            raise InputError(
                f"audio features {path}: expected shape (T, {self.audio_dim}), got "
                f"{features.shape}: change dataset.audio_dim, or the features"
            )
        rows = np.minimum(np.arange(NUM_SEGMENTS), len(features) - 1)
        return as_float32(f"audio features {path}", features[rows])

    def _active(self, path: str, flags: np.ndarray) -> np.ndarray:
        """(T,) bool, True for the segments with an event."""
        fits = flags.shape in ((NUM_SEGMENTS,), (1, NUM_SEGMENTS))
        if not fits or not np.isin(flags, (0, 1)).all():
            found = f"shape {flags.shape}" if not fits else show(flags.reshape(-1).tolist())
            raise InputError(
                f"labels {path}: expected 0 or 1 for each of {NUM_SEGMENTS} segments, got {found}"
            )
        return flags.reshape(-1) == 1
