"""Videos of one of a config's datasets, by id.

Shape letters: T steps, D channels.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from ...datasets.wrappers import inner_datasets
from ...errors import InputError
from ...registry import DATASETS, build_part
from ...structures import Events
from ...text import suggestion


class LoadedSample(NamedTuple):
    """A sample as the pipeline of a dataset returns it.

    Attributes:
        features: (T, D) features by modality; of maps, the mean over their cells.
        events: Events in steps; after a crop, those within it.
        annotated: Events of the whole video in seconds.
        duration: Duration of the whole video in seconds.
    """

    features: dict[str, np.ndarray]
    events: Events
    annotated: Events
    duration: float


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
        # Dataset and index of each video.
        self._samples: dict[str, tuple[Any, int]] = {}
        for dataset in inner_datasets(build_part(DATASETS, described, self.place)):
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
        for dataset, _ in self._samples.values():
            if hasattr(dataset, "set_randomness"):
                dataset.set_randomness(seed, epoch)

    def sample(self, video_id: str) -> LoadedSample:
        """Load the sample of a video."""
        return unpacked(self._packed(video_id), len(self.classes(video_id)))

    def _packed(self, video_id: str) -> dict[str, Any]:
        dataset, index = self._samples[video_id]
        return dataset[index]

    def batch(self, model: Any, video_id: str) -> tuple[dict, Any]:
        """Load a video as a batch of a model in evaluation, on its device.

        Returns:
            tuple[dict, ActionDataSample]: ``visual``, ``audio`` and ``mask``, and the sample.
        """
        batch = pseudo_collate([self._packed(video_id)])
        found = model.data_preprocessor(batch, False)
        return found["inputs"], found["data_samples"][0]


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
        return LoadedSample(features, events, annotated, found.duration)
    # Segments of one second, with a label each.
    labels = found.gt_segment_labels.numpy()
    scores = np.ones((len(labels), num_classes + 1))
    annotated = Events.from_labels(labels, scores, background=num_classes)
    annotated = Events(annotated.segments, annotated.labels)
    events = Events(annotated.segments - [0, 1], annotated.labels)
    return LoadedSample(features, events, annotated, len(labels))
