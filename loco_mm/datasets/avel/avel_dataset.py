"""Datasets for audio-visual event localization (AVEL), with a label for each segment of a video.

Shape letters: T segments of a video, C classes; label C is background.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from mmengine.logging import print_log
from pydantic import PositiveInt

from ...arguments import checked, constructor_default
from ...errors import InputError
from ...schema import show
from ...structures import MODALITIES
from ...tasks import SEGMENTS
from ...text import printable
from ..base_av_dataset import BaseAVDataset
from .ave_files import SUBSETS

# Reads the arrays of a sample: ``visual``, ``audio``, and ``segment_labels`` if they are in a file.
Reader = Callable[[dict], dict[str, np.ndarray]]
Videos = Collection[tuple[str, str]]


class AVELDataset(BaseAVDataset):
    """Videos of a split, where each segment has the class of the video's event, or background.

    A sample is a dict of ``video_id``, ``row`` (unique together with the id), ``subset``, ``label``
    (class of the video, or C for none) and ``segment_labels`` (T,) int64, unless the latter are
    stored with the features. Subclasses implement ``load_data_list`` and ``make_reader``.

    Args:
        supervision: With ``'fully'``, training samples have the labels of their segments; with
            ``'weakly'``, only the label of the video. With ``test_mode``, samples always have both.
        video_label: Form of the video's label in weak supervision: ``'class'``, or
            ``'proportion'``, the fraction of segments with each label. PSP and LESP are trained on
            the latter in their weak setting, which thus contains the duration of each event.
        features: ``'map'``: visual features with their 7 x 7 cells; ``'mean'``: their means over
            the cells. With None, samples have annotations only.
        visual_dim: Channels of the visual features.
        audio_dim: Channels of the audio features.
        **kwargs: See :class:`BaseAVDataset`; ``subset`` is ``'train'``, ``'val'``, ``'test'``, or a
            list of these.
    """

    task = SEGMENTS

    @checked
    def __init__(
        self,
        supervision: Literal["fully", "weakly"] = "fully",
        video_label: Literal["class", "proportion"] = "class",
        features: Literal["map", "mean"] | None = None,
        visual_dim: PositiveInt = 512,
        audio_dim: PositiveInt = 128,
        **kwargs,
    ):
        self.supervision = supervision
        self.video_label = video_label
        self.features = features
        self.visual_dim, self.audio_dim = visual_dim, audio_dim
        self._reader: Reader | None = None
        super().__init__(**kwargs)

    @classmethod
    def configured_widths(cls, config: Mapping) -> dict[str, tuple[int, str]]:
        """See :meth:`BaseAVDataset.configured_widths`."""
        keys = {modality: f"{modality}_dim" for modality in MODALITIES}
        return {
            modality: (config.get(key, constructor_default(cls, key)), key)
            for modality, key in keys.items()
        }

    @property
    def knows_segments(self) -> bool:
        """Whether samples have the labels of their segments."""
        return self.test_mode or self.supervision == "fully"

    def make_reader(self, samples: list[dict]) -> Reader:
        """Make a reader of the samples' arrays, which is sent to the loader's workers."""
        raise NotImplementedError

    def full_init(self) -> None:
        """Read the split, and check that its features exist.

        Raises:
            InputError: The split is unknown, or a file is missing or invalid.
        """
        if self._fully_initialized:
            return
        if unknown := set(self.subset) - set(SUBSETS):
            raise InputError(
                f"{type(self).__name__}.subset: expected some of {list(SUBSETS)}, got "
                f"{sorted(unknown)}"
            )
        super().full_init()
        if self.features is not None:
            self._reader = self.make_reader([self.get_data_info(i) for i in range(len(self))])

    def extra_entries(self) -> dict:
        """Form of the features, and of the labels available in training."""
        return dict(
            reader=self._reader,
            num_classes=len(self._metainfo["classes"]),
            knows_segments=self.knows_segments,
            video_label=self.video_label,
        )

    def get_cat_ids(self, idx: int) -> list[int]:
        """Label of a sample's video, for ``ClassBalancedDataset``."""
        label = self.get_data_info(idx)["label"]
        return [label] if label < len(self._metainfo["classes"]) else []

    def labels_of(self, categories: Sequence[str], place: Callable[[int], str]) -> list[int]:
        """Labels of all annotated videos.

        Args:
            categories: Class name of each video.
            place: Returns the location of the i-th name, for the message.

        Raises:
            InputError: A name is not one of the classes.
            InputError: One is none of the classes.
        """
        classes = self._metainfo["classes"]
        label_of = {name: label for label, name in enumerate(classes)}
        for index, category in enumerate(categories):
            if category not in label_of:
                raise InputError(
                    f"{place(index)}: expected one of the {len(classes)} classes, got "
                    f"{show(category)}; change the "
                    "file, or metainfo.classes of the dataset"
                )
        return [label_of[category] for category in categories]

    def log_shared(self, subset: str, own: Videos, trained: Videos) -> None:
        """Log which videos of a split are also in the training split.

        Args:
            subset: Name of the split.
            own (Iterable): Id and category of each of its videos.
            trained (Iterable): The same for the training split.
        """
        if subset == "train":
            return
        pairs, ids = set(trained), {video_id for video_id, _ in trained}
        shared = sorted({video_id for video_id, _ in own} & ids)
        if not shared:
            return
        same = len({video_id for video_id, category in own if (video_id, category) in pairs})
        names = printable(", ".join(shared[:20])) + (", ..." if len(shared) > 20 else "")
        print_log(
            f"{self.ann_file}: {len(shared)} videos of the split {subset} are in train, too, "
            f"{len(shared) - same} of them under another category: {names}",
            logger="current",
        )


def segment_labels(label: int, active: Any, num_classes: int) -> np.ndarray:
    """(T,) labels of a video's segments.

    Args:
        label: Class of the video's event.
        active (array): (T,) whether the event is both audible and visible.
        num_classes: Number of classes C.
    """
    return np.where(active, label, num_classes).astype(np.int64)
