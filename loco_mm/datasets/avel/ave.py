"""AVE (Tian et al., ECCV 2018): 4,143 videos of ten seconds, 28 classes.

Shape letters: N videos, T = 10 segments, H and W cells of a map, D channels.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...arguments import checked
from ...fileio import HDF5Array
from ...registry import DATASETS
from .ave_files import NUM_SEGMENTS, read_ave_annotations, read_ave_orders
from .avel_dataset import AVELDataset, Reader, segment_labels
from .mean_cache import cached_means, spatial_mean

CLASSES = (
    "Church bell",
    "Male speech, man speaking",
    "Bark",
    "Fixed-wing aircraft, airplane",
    "Race car, auto racing",
    "Female speech, woman speaking",
    "Helicopter",
    "Violin, fiddle",
    "Flute",
    "Ukulele",
    "Frying (food)",
    "Truck",
    "Shofar",
    "Motorcycle",
    "Acoustic guitar",
    "Train horn",
    "Clock",
    "Banjo",
    "Goat",
    "Baby cry, infant cry",
    "Bus",
    "Chainsaw",
    "Cat",
    "Horse",
    "Toilet flush",
    "Rodents, rats, mice",
    "Accordion",
    "Mandolin",
)
# Name of the array in each of AVE's feature files.
KEY = "avadataset"


@DATASETS.register_module()
class AVEDataset(AVELDataset):
    """The AVE dataset, from ``Annotations.txt``, the splits' ``*_order.h5`` and its features.

    Labels are derived from the annotations, so the files ``labels.h5``, ``mil_labels.h5``,
    ``labels_closs.h5`` and ``prob_label.h5`` are not needed. Features are read row by row, in
    float32 or float64.

    Args:
        data_root: Folder of the dataset.
        ann_file: Annotations, relative to ``data_root``.
        data_prefix: Paths relative to ``data_root``: the feature files ``visual``, ``audio``,
            ``noisy_visual`` and ``noisy_audio``, and the folder ``orders``.
        noisy: Whether weakly supervised training includes the noisy videos, which have no event and
            are labelled as background.
        mean_cache: With ``features='mean'``, file relative to ``data_root`` in which the means of
            all maps are cached: 85 MB are then read instead of 4 to 8 GB.
        **kwargs: See :class:`AVELDataset`.
    """

    METAINFO = dict(dataset_type="ave", classes=CLASSES)
    PREFIXES = dict(
        visual="visual_feature.h5",
        audio="audio_feature.h5",
        noisy_visual="visual_feature_noisy.h5",
        noisy_audio="audio_feature_noisy.h5",
        orders="",
    )

    @checked
    def __init__(
        self,
        data_root: str = "data/ave",
        ann_file: str = "Annotations.txt",
        data_prefix: dict | None = None,
        noisy: bool = True,
        mean_cache: str | None = None,
        **kwargs,
    ):
        self.noisy = noisy
        self.mean_cache = mean_cache
        self._num_rows = 0
        super().__init__(
            data_root=data_root,
            ann_file=ann_file,
            data_prefix=data_prefix,
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """Read the split.

        Raises:
            InputError: A file is missing or invalid, or a category is not one of the classes.
        """
        videos = read_ave_annotations(self.ann_file)
        self._num_rows = len(videos)
        orders = read_ave_orders(self.data_prefix["orders"], len(videos))
        labels = self.labels_of(
            [video.category for video in videos],
            lambda row: f"annotation file {self.ann_file}: video {row + 1}: category",
        )
        background = len(self._metainfo["classes"])
        pairs = {
            subset: [(videos[row].video_id, videos[row].category) for row in rows]
            for subset, rows in orders.items()
        }
        samples = []
        for subset in self.subset:
            self.log_shared(subset, pairs[subset], pairs["train"])
            for row in orders[subset].tolist():
                samples.append(
                    dict(
                        video_id=videos[row].video_id,
                        row=row,
                        subset=subset,
                        label=labels[row],
                        segment_labels=segment_labels(labels[row], videos[row].active, background),
                        noisy=False,
                    )
                )
        return samples + self._noisy_samples(background)

    def _noisy_samples(self, background: int) -> list[dict]:
        """The noisy videos, if they are included."""
        if self.knows_segments or not self.noisy or "train" not in self.subset:
            return []
        labels = np.full(NUM_SEGMENTS, background)
        common = dict(subset="train", label=background, segment_labels=labels, noisy=True)
        return [
            dict(video_id=f"noisy-{row}", row=row, **common)
            for row in range(len(self._array("noisy_audio", "N")))
        ]

    def make_reader(self, samples: list[dict]) -> Reader:
        """Reader of the rows of the HDF5 files."""
        arrays = {name: self._array(name, self._num_rows) for name in ("visual", "audio")}
        if self.features == "mean" and self.mean_cache and len(arrays["visual"].shape) == 5:
            path = Path(self.data_root) / self.mean_cache
            arrays["visual"] = cached_means(arrays["visual"], path)
        if any(sample["noisy"] for sample in samples):
            count = len(noisy := self._array("noisy_audio", "N"))
            arrays.update(noisy_audio=noisy, noisy_visual=self._array("noisy_visual", count))
        return AVEReader(arrays, self.features == "mean")

    def _array(self, name: str, rows: int | str) -> HDF5Array:
        """Open a feature file and check its shape."""
        if name.endswith("audio"):
            shapes: list[Sequence[int | str]] = [(rows, NUM_SEGMENTS, self.audio_dim)]
        else:
            shapes = [(rows, NUM_SEGMENTS, "H", "W", self.visual_dim)]
            if self.features == "mean":
                shapes.append((rows, NUM_SEGMENTS, self.visual_dim))
        hint = f"; see docs/data.md, or change dataset.data_prefix.{name}"
        if name.startswith("noisy"):
            hint += "; or set dataset.noisy=False to do without such videos"
        return HDF5Array(self.data_prefix[name], KEY, "feature file", shapes, hint=hint)


class AVEReader:
    """Reads the features of a sample.

    Args:
        arrays: ``visual`` (N, T, H, W, D), or (N, T, D) means; ``audio`` (N, T, D); and
            ``noisy_visual`` and ``noisy_audio`` of the noisy videos.
        mean: Whether to average the maps over their cells.
    """

    def __init__(self, arrays: dict[str, HDF5Array], mean: bool):
        self.arrays = arrays
        self.mean = mean

    def __call__(self, sample: dict) -> dict[str, np.ndarray]:
        """``visual`` (T, H, W, D), or (T, D) means, and ``audio`` (T, D), float32."""
        start = "noisy_" if sample["noisy"] else ""
        visual, audio = (
            self.arrays[start + name].read_floats(sample["row"]) for name in ("visual", "audio")
        )
        if self.mean and visual.ndim == 4:
            visual = spatial_mean(visual)
        return dict(visual=visual, audio=audio)
