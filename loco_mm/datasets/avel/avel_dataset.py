"""Datasets for audio-visual event localization (AVEL): every segment of a video has a label.

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

# Reads the arrays of a sample: ``visual``, ``audio``, and ``segment_labels`` if they are a file's.
Reader = Callable[[dict], dict[str, np.ndarray]]
Videos = Collection[tuple[str, str]]


class AVELDataset(BaseAVDataset):
    """Videos of a split, each with the class of its one event, or background, at every segment.

    A sample is a dict of ``video_id``, ``row`` (the two together name it), ``subset``, ``label``
    (its class, or C for none) and ``segment_labels`` (T,) int64, unless those lie in a file beside
    the features. A subclass gives ``load_data_list`` and ``make_reader``.

    Args:
        supervision: ``'fully'``: training samples carry the labels of their segments.
            ``'weakly'``: they carry the label of the video only. With ``test_mode`` samples carry
            both always.
        video_label: What weak supervision knows of a video: ``'class'``, or
            ``'proportion'``, the share of its segments that each label has. PSP and LESP train on
            the latter in their weak setting, which so knows how long each event is.
        features: ``'map'``: visual features with their 7 x 7 cells; ``'mean'``: the
            means of those. Without it the dataset gives annotations only.
        visual_dim: Channels of the visual features.
        audio_dim: Channels of the audio features.
        **kwargs: See :class:`BaseAVDataset`; ``subset`` is ``'train'``, ``'val'``, ``'test'``, or
            several.
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
        """Whether samples carry the labels of their segments."""
        return self.test_mode or self.supervision == "fully"

    def make_reader(self, samples: list[dict]) -> Reader:
        """What reads the arrays of these samples; it goes to loader processes."""
        raise NotImplementedError

    def full_init(self) -> None:
        """Read the split, and look whether its features are there.

        Raises:
            InputError: There is no such split, or a file is missing or bad.
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

    def additions(self) -> dict:
        """How features are read, and what of the labels training may know."""
        return dict(
            reader=self._reader,
            num_classes=len(self._metainfo["classes"]),
            knows_segments=self.knows_segments,
            video_label=self.video_label,
        )

    def get_cat_ids(self, idx: int) -> list[int]:
        """Label of a sample's video, which ``ClassBalancedDataset`` asks for."""
        label = self.get_data_info(idx)["label"]
        return [label] if label < len(self._metainfo["classes"]) else []

    def labels_of(self, categories: Sequence[str], place: Callable[[int], str]) -> list[int]:
        """Labels of all annotated videos.

        Args:
            categories: Class names.
            place: Where the i-th of them stands, for the message.

        Raises:
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
        """Say which videos of a split are in training, too.

        Args:
            subset: The split.
            own (Iterable): Id and category of each of its videos.
            trained (Iterable): The same of the training split.
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
    """(T,) labels of the segments of a video.

    Args:
        label: Class of its event.
        active (array): (T,) whether the event is both heard and seen there.
        num_classes: C.
    """
    return np.where(active, label, num_classes).astype(np.int64)
