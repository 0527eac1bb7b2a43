"""Builds the datasets of a config and reads their splits."""

from typing import NamedTuple

from mmengine.config import Config

from ...datasets import AVDataset, BaseAVDataset
from ...engine.fit import datasets_of
from ...errors import InputError
from ...fileio import AnnotationSurvey, VideoAnnotation, survey_annotations
from ...registry import DATASETS, build_part
from ...structures import Event, FeatureKind
from .report import Finding


class EventSplit(NamedTuple):
    """A split with event annotations.

    Attributes:
        name: Name of the split.
        dataset: The dataset, before it has read its files.
        videos: Annotations by video id.
        classes: Class names by label.
    """

    name: str
    dataset: AVDataset
    videos: dict[str, VideoAnnotation]
    classes: tuple[str, ...]

    @property
    def features(self) -> FeatureKind:
        """Kind of the features.

        Raises:
            InputError: The dataset has no features.
        """
        if self.dataset.features is None:
            raise InputError(
                f"split {self.name}: dataset.features: expected a kind of features, got None"
            )
        return self.dataset.features

    @property
    def num_events(self) -> int:
        """Number of events of all videos."""
        return sum(len(video.events) for video in self.videos.values())

    def describe(self, video_id: str, event: Event) -> str:
        """Video, class and times of an event, for messages."""
        return f"{video_id} {self.classes[event.label]} [{event.start:g}, {event.end:g}]"


class LoadedDataset(NamedTuple):
    """A dataset of a config's loaders.

    Attributes:
        name: Name of its split, with a number if several datasets have a split of that name.
        dataset: The dataset, before it has read its files.
        is_trained: Whether it is used for training.
    """

    name: str
    dataset: BaseAVDataset
    is_trained: bool


def build_datasets(cfg: Config) -> list[LoadedDataset]:
    """Each dataset and split of a config once, before any file is read."""
    found: dict[tuple, LoadedDataset] = {}
    for place, part, _ in datasets_of(cfg):
        dataset = build_part(DATASETS, {**part, "lazy_init": True}, place)
        name = "+".join(dataset.subset)
        key = (name, str(dataset.ann_file), dataset.features_place)
        is_trained = place.startswith("train_dataloader")
        if key in found:
            known = found[key]
            found[key] = known._replace(is_trained=known.is_trained or is_trained)
            continue
        same = sum(other[0] == name for other in found)
        name = f"{name} ({same + 1})" if same else name
        found[key] = LoadedDataset(name, dataset, is_trained)
    return list(found.values())


class EventSplits:
    """Reads splits. Each annotation file is read once, even if several splits use it."""

    def __init__(self) -> None:
        self._surveys: dict[tuple, AnnotationSurvey | InputError] = {}

    def read(self, name: str, dataset: AVDataset) -> tuple[EventSplit | None, list[Finding]]:
        """Read a split; None if its annotations cannot be read. Also returns problems of the file.

        Args:
            name: Name of the split.
            dataset: The dataset, before it has read its files.
        """
        classes = dataset.metainfo.get("classes")
        key, findings = (str(dataset.ann_file), classes), []
        if key not in self._surveys:
            self._surveys[key] = self._survey(str(dataset.ann_file), classes)
            findings = _of_file(self._surveys[key])
        survey = self._surveys[key]
        if isinstance(survey, InputError):
            return None, findings
        annotations = survey.annotations
        videos = {k: v for k, v in annotations.videos.items() if v.subset in dataset.subset}
        if not videos:
            known = sorted({video.subset for video in annotations.videos.values()})
            text = f"no video of this split, the file has {known}"
            return None, [*findings, Finding("error", "annotations", name, text)]
        return EventSplit(name, dataset, videos, annotations.classes), findings

    @staticmethod
    def _survey(path: str, classes: tuple[str, ...] | None) -> AnnotationSurvey | InputError:
        try:
            return survey_annotations(path, classes)
        except InputError as error:
            return error


def _of_file(survey: AnnotationSurvey | InputError) -> list[Finding]:
    if isinstance(survey, InputError):
        return [Finding("error", "annotations", "all", str(survey))]
    videos = survey.annotations.videos.values()
    total = sum(len(video.events) for video in videos) + len(survey.dropped)
    unread = len(survey.faults)
    return [
        *Finding.of(
            "error",
            "annotations",
            "all",
            "videos cannot be read",
            survey.faults,
            len(videos) + unread,
        ),
        *Finding.of(
            "error" if 2 * len(survey.dropped) > total else "warning",
            "outside-video",
            "all",
            "events end before they start or lie outside their video (dropped in training)",
            survey.dropped,
            total,
        ),
    ]
