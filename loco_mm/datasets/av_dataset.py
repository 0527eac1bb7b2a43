"""Datasets of videos with visual and audio features, annotated in the UnAV-100 form.

Shape letters: N events of a video.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import NonNegativeFloat, PositiveInt

from ..arguments import Names, checked
from ..errors import InputError
from ..fileio import (
    DESCRIPTION_FILE,
    Annotations,
    EventTable,
    annotations_of,
    as_annotation_file,
    read_annotations,
    subset_name,
)
from ..registry import DATASETS
from ..structures import (
    FEATURES_FOLDER,
    LENGTH_TOLERANCE,
    MODALITIES,
    Events,
    FeatureKind,
    ModalityChoice,
    chosen_modalities,
)
from ..tasks import EVENTS
from ..text import warn
from .base_av_dataset import BaseAVDataset
from .feature_cache import CachePlace, cached
from .feature_checks import check_features
from .feature_sources import description_of_features, kind_of_features, open_features

ANN_FILE = "annotations/unav100_annotations.json"
DATA_ROOT = "data/unav100"


def _features_place(dataset: Mapping) -> str:
    below = (dataset.get("data_prefix") or {}).get("features", FEATURES_FOLDER)
    return os.path.join(dataset.get("data_root") or DATA_ROOT, below)


@DATASETS.register_module()
class AVDataset(BaseAVDataset):
    """Videos of a split with their events and the folder of their features.

    A sample is a dict of ``video_id``, ``subset``, ``duration`` (s), ``segments`` (N, 2) float32
    (s), ``labels`` (N,) int64, ``features_dir``, and ``rng``, a random generator that depends only
    on seed, epoch and index, so that augmentation depends neither on workers nor on a resume.

    Args:
        ann_file: Annotation file, relative to ``data_root``.
        data_root: Folder of the dataset.
        data_prefix (dict): ``features``: folder of the feature files, or a file written by
            ``tools/data/pack_features.py``, relative to ``data_root``.
        subset (str | Sequence[str]): Split or splits to load.
        features (str | dict | None): Kind of features, see :meth:`FeatureKind.from_config`; or
            ``'features.json'`` to read it from the file of that name in the features' folder, which
            ``tools/extract_features.py`` writes, or from the packed file. With None, samples have
            annotations only.
        max_len: Maximum number of steps of a training crop, read by ``RandomTemporalCrop``.
        missing_features: ``'error'`` refuses a split if feature files are missing, if the lengths
            of the two modalities differ by more than 10 %, or if a length does not match duration
            and grid. ``'skip'`` leaves out such videos with a warning. With ``test_mode``, the
            metric still counts them as videos without predictions; they are listed in
            ``metainfo['skipped_videos']``.
        length_tolerance: Allowed difference between the actual number of steps and the number
            expected from duration and grid, as a fraction of the latter. Differences of up to two
            steps plus the strides that fit into the frames of one feature are always allowed;
            larger ones within the tolerance cause a warning.
        modalities: Modalities to load: ``'both'``, ``'visual'`` or ``'audio'``. The other one needs
            no files and is filled with zeros.
        cache: ``'ram'`` keeps the features of the split in memory, and ``'device'`` on the device
            of the model, in the type in which they are stored. With ``'device'``, a pipeline can
            crop features, but not change them.
        strict: Whether to refuse an annotation file with invalid events, instead of dropping them.
        metainfo: ``classes``: class names by label, or a text file with one name per line. By
            default those of the dataset class, or else those of the file.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`: ``pipeline``, ``test_mode``,
            ``indices``, ``lazy_init``, ``serialize_data``, ``max_refetch``.
    """

    task = EVENTS
    PREFIXES = dict(features=FEATURES_FOLDER)

    @checked
    def __init__(
        self,
        ann_file: str = ANN_FILE,
        data_root: str = DATA_ROOT,
        data_prefix: dict | None = None,
        subset: Names = "train",
        features: Any = None,
        max_len: PositiveInt | None = None,
        missing_features: Literal["error", "skip"] = "error",
        length_tolerance: NonNegativeFloat = LENGTH_TOLERANCE,
        modalities: ModalityChoice = "both",
        cache: CachePlace | None = None,
        strict: bool = False,
        metainfo: dict | None = None,
        **kwargs,
    ):
        described = dict(features=features, data_root=data_root, data_prefix=data_prefix)
        self.features = self._given_features(described)
        if cache is not None and self.features is None:
            raise InputError(f"dataset.cache: expected None without features, got {cache!r}")
        self.cache = cache
        # The open features, once the split has been read.
        self.source: Any = None
        self.max_len = max_len
        self.missing_features = missing_features
        self.length_tolerance = length_tolerance
        self.modalities = chosen_modalities(modalities)
        self.strict = strict
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            data_prefix=data_prefix,
            subset=list(map(subset_name, [subset] if isinstance(subset, str) else subset)),
            metainfo=metainfo,
            **kwargs,
        )

    @classmethod
    def _given_features(cls, config: Mapping) -> FeatureKind | None:
        kind = cls.configured_features(config)
        if config["features"] is not None and kind is None:
            raise InputError(
                f"dataset.features: expected the file {DESCRIPTION_FILE!r} in "
                f"{_features_place(config)}, got none: extract the features, or change "
                "dataset.data_root"
            )
        return kind

    @classmethod
    def configured_features(cls, config: Mapping) -> FeatureKind | None:
        """Kind of features in a config of this class.

        Args:
            config: ``features``, and for ``'features.json'`` also ``data_root`` and ``data_prefix``
                of the folder with that file.

        Returns:
            FeatureKind | None: None if no features are given, or the file does not exist.

        Raises:
            InputError: The value of ``features`` is invalid.
        """
        features = config.get("features")
        if features is None:
            return None
        if features != DESCRIPTION_FILE:
            return FeatureKind.from_config(features)
        try:
            return kind_of_features(_features_place(config))
        except InputError as error:
            raise InputError(f"features: {error}") from None

    @classmethod
    def configured_widths(cls, config: Mapping) -> dict[str, tuple[int, str]]:
        """See :meth:`BaseAVDataset.configured_widths`."""
        kind = cls.configured_features(config)
        if kind is None:
            return {}
        return {modality: (kind.stream(modality).dim, "features") for modality in MODALITIES}

    def load_data_list(self) -> list[dict]:
        """Read the split.

        Raises:
            InputError: The file is invalid, the split is empty, or feature files are missing or
                invalid.
        """
        if not Path(self.ann_file).is_file():
            raise InputError(
                f"annotation file {self.ann_file}: no such file; see the README, "
                "or change dataset.data_root or dataset.ann_file"
            )
        annotations = self.read_annotations()
        self._metainfo["classes"] = annotations.classes
        if self.features is not None:
            # Stored in checkpoints, to be compared with the features used later.
            self._metainfo["features"] = asdict(self.features)
        features_dir = str(self.data_prefix["features"])
        self._note_extractor(features_dir)
        samples = [
            dict(
                video_id=video_id,
                subset=video.subset,
                duration=video.duration,
                segments=video.events.segments,
                labels=video.events.labels,
                features_dir=features_dir,
            )
            for video_id, video in annotations.videos.items()
            if video.subset in self.subset
        ]
        found = {video.subset for video in annotations.videos.values()}
        if missing := set(self.subset) - found:
            raise InputError(
                f"{self.ann_file}: no video of subset {'/'.join(sorted(missing))}, the file has "
                f"{sorted(found)}: change dataset.subset"
            )
        return self._with_features(samples, features_dir)

    def read_annotations(self) -> Annotations:
        """Read all annotations. Datasets in another form override this."""
        return read_annotations(self.ann_file, self._metainfo.get("classes"), self.strict)

    def annotations_of_table(self, table: EventTable, classes: Sequence[str] | None) -> Annotations:
        """Convert a table of events to annotations, for datasets in another form.

        Unless ``strict``, events that end after their video are clipped with a warning.
        """
        source = f"annotation file {self.ann_file}"
        made = as_annotation_file(table, {}, source, classes=classes, clip=not self.strict)
        for remark in made.remarks:
            warn(f"{source}: {remark}", stacklevel=2)
        return annotations_of(made.content, source)

    def _note_extractor(self, features_dir: str) -> None:
        """Store the extractor of the features in the metainfo, if their folder contains it."""
        if self.features is None:
            return
        description = description_of_features(features_dir)
        if description is None:
            return
        grid = description.features.get("grid")
        if grid != asdict(self.features.grid):
            raise InputError(
                f"dataset.features.grid: expected {grid}, the description of the features in "
                f"{features_dir}, got {asdict(self.features.grid)}: correct it, or extract the "
                "features again"
            )
        self._metainfo["extractor"] = description.model_dump(mode="json")

    def _with_features(self, samples: list[dict], features_dir: str) -> list[dict]:
        """The samples whose features exist and have a valid length."""
        if self.features is None:
            return samples
        self.source = open_features(features_dir, self.features, self.modalities)
        what = f"videos of subset {'/'.join(self.subset)}"
        found = check_features(samples, self.source, what, self.length_tolerance, self.modalities)
        for remark in found.remarks:
            warn(f"{features_dir}: {remark}", stacklevel=2)
        if not found.skipped:
            return samples
        text = f"{features_dir}: {'; '.join(found.complaints)}"
        if self.missing_features == "error" or not found.kept:
            raise InputError(
                f"{text}; change dataset.data_root, or set dataset.missing_features='skip' to go "
                "on without such videos"
            )
        warn(f"{text}; skipped", stacklevel=2)
        if self.test_mode and self._indices is None:
            self._metainfo["skipped_videos"] = {
                sample["video_id"]: Events(sample["segments"], sample["labels"])
                for sample in found.skipped
            }
        return found.kept

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels of a sample, for ``ClassBalancedDataset``."""
        return self.get_data_info(idx)["labels"].tolist()

    def full_init(self) -> None:
        """Read the split, and its features if they are cached."""
        is_new = not self._fully_initialized
        super().full_init()
        if is_new and self.cache is not None:
            videos = [self.get_data_info(index)["video_id"] for index in range(len(self))]
            self.source = cached(self.cache, self.source, videos, self.modalities)

    def extra_entries(self) -> dict:
        """Features, modalities to load, and length of a training crop."""
        return dict(
            features=self.features,
            source=self.source,
            modalities=self.modalities,
            max_len=self.max_len,
        )

    @property
    def features_place(self) -> str:
        """Folder or packed file of the features."""
        return str(self.data_prefix["features"])
