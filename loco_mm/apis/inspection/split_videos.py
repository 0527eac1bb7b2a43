"""Videos of one of a config's datasets, by id.

Shape letters: T steps, D channels.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import Tensor

from ...datasets.wrappers import inner_datasets
from ...errors import InputError
from ...registry import DATASETS, build_part
from ...structures import Events, TemporalGrid
from ...text import suggestion


class LoadedSample(NamedTuple):
    """A sample as the pipeline of a dataset returns it.

    Attributes:
        features: (T, D) features by modality; of maps, the mean over their cells.
        events: Events in steps; after a crop, those within it.
        annotated: Events of the whole video in seconds.
        duration: Duration of the whole video in seconds.
        grid: Time grid of the features.
        packed: ``inputs`` and ``data_samples``, the input of a model.
    """

    features: dict[str, np.ndarray]
    events: Events
    annotated: Events
    duration: float
    grid: TemporalGrid
    packed: dict[str, Any]

    def inputs_of(self, model: Any) -> dict[str, Tensor]:
        """``visual``, ``audio`` and ``mask`` as a batch of a model in evaluation, on its device."""
        return model.data_preprocessor(pseudo_collate([self.packed]), False)["inputs"]


# Segments of one second.
_SECONDS = TemporalGrid(fps=1, num_frames=1, stride=1)


class SplitVideos:
    """Videos of the dataset of a loader, also of all datasets inside a wrapper.

    Args:
        config: The config.
        split: ``'train'``, ``'val'`` or ``'test'``.

    Raises:
        InputError: The config does not have the loader, or the dataset cannot be built.
    """

    def __init__(self, config: Config, split: str = "test"):
        self.place = f"{split}_dataloader.dataset"
        described = (config.get(f"{split}_dataloader") or {}).get("dataset")
        if described is None:
            raise InputError(f"config {config.filename or ''}: it has no {self.place}")
        self._datasets = list(inner_datasets(build_part(DATASETS, described, self.place)))
        # Dataset and index of each video.
        self._samples: dict[str, tuple[Any, int]] = {}
        for dataset in self._datasets:
            dataset.full_init()
            for number in range(len(dataset)):
                name = dataset.get_data_info(number)["video_id"]
                self._samples.setdefault(name, (dataset, number))

    @property
    def video_ids(self) -> list[str]:
        """Ids of all videos."""
        return list(self._samples)

    def classes(self, video_id: str) -> Sequence[str]:
        """Class names by label, of the dataset of a video."""
        dataset, _ = self._samples[video_id]
        return dataset.metainfo["classes"]

    def chosen(self, video_ids: Sequence[str] | None, number: int) -> list[str]:
        """The given videos, by default those with the most events.

        Args:
            video_ids: Ids of videos.
            number: Number of videos if none are given.

        Raises:
            InputError: A video is not in the dataset.
        """
        for name in video_ids or ():
            if name not in self._samples:
                raise InputError(
                    f"--video-ids: expected videos of {self.place}, got {name!r}"
                    f"{suggestion(name, self._samples)}"
                )
        if video_ids:
            return list(video_ids)

        def count(name: str) -> int:
            dataset, index = self._samples[name]
            return len(dataset.get_data_info(index).get("segments", ()))

        return sorted(self._samples, key=count, reverse=True)[:number]

    def set_randomness(self, seed: int, epoch: int) -> None:
        """Set what the augmentation of the samples is seeded with."""
        for dataset in self._datasets:
            if hasattr(dataset, "set_randomness"):
                dataset.set_randomness(seed, epoch)

    def sample(self, video_id: str) -> LoadedSample:
        """Load the sample of a video."""
        dataset, index = self._samples[video_id]
        return unpacked(dataset[index], len(self.classes(video_id)))


def unpacked(packed: dict[str, Any], num_classes: int) -> LoadedSample:
    """The content of a sample.

    Args:
        packed: ``inputs`` and ``data_samples`` of a pipeline.
        num_classes: Number of classes.
    """
    found = packed["data_samples"]
    features = {
        name: x.float().numpy().reshape(len(x), -1, x.shape[-1]).mean(1)
        for name, x in packed["inputs"].items()
    }
    if "gt_instances" in found:
        events = Events.from_instances(found.gt_instances)
        annotated = Events(found.gt_segments_sec, found.gt_labels)
        return LoadedSample(features, events, annotated, found.duration, found.grid, packed)
    labels = found.gt_segment_labels.numpy()
    scores = np.ones((len(labels), num_classes + 1))
    annotated = Events.from_labels(labels, scores, background=num_classes)
    annotated = Events(annotated.segments, annotated.labels)
    events = Events(annotated.segments - [0, 1], annotated.labels)
    return LoadedSample(features, events, annotated, len(labels), _SECONDS, packed)
