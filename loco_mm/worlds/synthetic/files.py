"""Writes a synthetic world in the file format of the real datasets."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...datasets.av_dataset import ANN_FILE
from ...errors import InputError
from ...fileio import EMBEDDINGS_FILE, Annotations, random_embeddings, read_annotations
from ...structures import FEATURE_KINDS, FEATURES_FOLDER, MODALITIES, Events, FeatureKind
from .named import NAMED_WORLDS
from .plan import WorldPlan, build_plan, digest, make_id
from .setting_checks import are_counts
from .splits import SUBSETS, check_num_videos, video_entry, video_keys
from .world import Script, SyntheticWorld

# Must be increased whenever the same settings give other files.
GENERATOR = 3
# Width of class embeddings, as of ONE-PEACE.
TEXT_DIM = 1536


class _Video(NamedTuple):
    """A video to write, and the key that determines its content."""

    video_id: str
    subset: str
    key: tuple[int, ...]
    script: Script


# Class names, and all videos.
Content = tuple[tuple[str, ...], list[_Video]]


@dataclass(frozen=True)
class WorldFiles(WorldPlan):
    """The files of a synthetic world.

    Args:
        world: The world.
        num_videos: Number of train, validation and test videos.
        layouts: Kinds of features: ``'onepeace'``, ``'i3d-vggish'``.
        widths: Channels of visual and audio features; None for those of the real features.
        annotations: Annotation file whose events are used instead of generated ones.
        labels: Labels of the file's classes that are used; videos with events of other classes are
            left out. None for all.
        shuffle_train_labels: Whether to permute the labels of the training events in the annotation
            file, but not in the features, so that nothing can be learned.
        name: Value of ``version`` in the annotation file.
    """

    world: SyntheticWorld
    num_videos: tuple[int, int, int] = (1000, 80, 300)
    layouts: tuple[str, ...] = ("onepeace",)
    widths: tuple[int, int] | None = (64, 64)
    annotations: str | None = None
    labels: tuple[int, ...] | None = None
    shuffle_train_labels: bool = False
    name: str = "synthetic"

    def __post_init__(self) -> None:
        check_num_videos("synthetic world", self.num_videos)
        names = set(self.layouts) if isinstance(self.layouts, tuple) else set()
        if not names or names - set(FEATURE_KINDS):
            raise InputError(
                f"synthetic world: expected some of {sorted(FEATURE_KINDS)}, got "
                f"layouts={self.layouts!r}"
            )
        if self.widths is not None and not are_counts(self.widths, 2, 2):
            raise InputError(
                f"synthetic world: expected two of at least 2, got widths={self.widths!r}"
            )
        if self.labels is not None and not (
            self.annotations is not None and are_counts(self.labels, self.world.num_classes)
        ):
            raise InputError(
                f"synthetic world: expected the numbers of num_classes={self.world.num_classes} "
                f"classes of an annotation file, got labels={self.labels!r}"
            )

    def settings(self) -> dict:
        """All settings that determine the files, in JSON types; a given file by its checksum."""
        settings = dict(generator=GENERATOR, **asdict(self))
        if self.annotations is not None:
            settings["annotations"] = digest(self.annotations, "annotation file")
        return json.loads(json.dumps(settings))

    def write_files(
        self, root: Path, wanted: set[str] | None, content: Content, progress: Callable
    ) -> set[str]:
        """Write the given files or, with None, all; return the names of all files."""
        classes, videos = content
        (root / FEATURES_FOLDER).mkdir(parents=True)
        (root / ANN_FILE).parent.mkdir()
        database, names = {}, {ANN_FILE}
        for video in progress(videos):
            names |= self._write_features(root, video, wanted)
            script = video.script
            entry = video_entry(script.duration, video.subset, script.events, classes)
            database[video.video_id] = entry
        if self.shuffle_train_labels:
            self._shuffle(database, classes)
        names.add(EMBEDDINGS_FILE)
        if wanted is None or EMBEDDINGS_FILE in wanted:
            np.save(root / EMBEDDINGS_FILE, random_embeddings(len(classes), TEXT_DIM))
        if wanted is None or ANN_FILE in wanted:
            file = dict(version=self.name, classes=classes, database=database)
            (root / ANN_FILE).write_text(json.dumps(file))
        return names

    def content(self) -> Content:
        """Class names, and all videos."""
        if self.annotations is None:
            classes = tuple(f"class {label}" for label in range(self.world.num_classes))
            return classes, [
                _Video(make_id(self.world.seed, k), SUBSETS[k[0]], k, self.world.script(k))
                for k in video_keys(self.num_videos)
            ]
        given = self._with_labels(read_annotations(self.annotations))
        if len(given.classes) != self.world.num_classes:
            raise InputError(
                f"synthetic world: expected num_classes={len(given.classes)}, as "
                f"{self.annotations} has, got {self.world.num_classes}"
            )
        videos = []
        for subset, count in zip(SUBSETS, self.num_videos, strict=True):
            names = [n for n, video in given.videos.items() if video.subset == subset]
            if count > len(names):
                raise InputError(
                    f"synthetic world: expected {count} videos of subset {subset!r} in "
                    f"{self.annotations}, got {len(names)}"
                )
            for name in names[:count]:
                video, key = given.videos[name], tuple(name.encode())
                # float32 seconds with as few digits as identify them, as in the file.
                segments = np.round(video.events.segments.astype(np.float64), 5)
                events = Events(segments, video.events.labels)
                script = self.world.script_of(key, video.duration, events)
                videos.append(_Video(name, subset, key, script))
        return given.classes, videos

    def _with_labels(self, given: Annotations) -> Annotations:
        """The videos with events of the selected classes only, and these classes.

        Raises:
            InputError: The file has fewer classes.
        """
        if self.labels is None:
            return given
        if max(self.labels) >= len(given.classes):
            raise InputError(
                f"{self.annotations}: expected at least {max(self.labels) + 1} classes, got "
                f"{len(given.classes)}"
            )
        number = {label: index for index, label in enumerate(self.labels)}
        videos = {}
        for name, video in given.videos.items():
            labels = video.events.labels.tolist()
            if set(labels) <= set(number):
                own = np.array([number[label] for label in labels], np.int64)
                videos[name] = video._replace(events=Events(video.events.segments, own))
        return Annotations(videos, tuple(given.classes[label] for label in self.labels))

    def _write_features(self, root: Path, video: _Video, wanted: set[str] | None) -> set[str]:
        """Write the given feature files of a video; return the names of all its files."""
        all_names = set()
        for kind, modality, dim in self.streams():
            suffixes = kind.stream(modality).suffixes
            names = [f"{FEATURES_FOLDER}/{video.video_id}{suffix}" for suffix in suffixes]
            all_names |= set(names)
            if wanted is not None and not wanted & set(names):
                continue
            values = self.world.features(video.key, video.script, modality, dim, kind.grid)
            parts = np.array_split(values, len(names), axis=1)
            for name, part in zip(names, parts, strict=True):
                if wanted is None or name in wanted:
                    np.save(root / name, part)
        return all_names

    def size(self, content: Content) -> int:
        """Total size in bytes of all features, in all layouts."""
        return sum(
            4 * kind.grid.num_steps(video.script.duration) * dim
            for video in content[1]
            for kind, _, dim in self.streams()
        )

    def streams(self) -> Iterator[tuple[FeatureKind, str, int]]:
        """Kind, modality and number of channels of all features of a video."""
        for kind in (FEATURE_KINDS[name] for name in self.layouts):
            for number, modality in enumerate(MODALITIES):
                dim = self.widths[number] if self.widths else kind.stream(modality).dim
                yield kind, modality, dim

    def _shuffle(self, database: dict, classes: Iterable[str]) -> None:
        """Permute the labels of all training events."""
        events = [
            event
            for video in database.values()
            if video["subset"] == "train"
            for event in video["annotations"]
        ]
        labels = np.array([event["label_id"] for event in events])
        names = list(classes)
        for event, label in zip(
            events, np.random.default_rng(self.world.seed).permutation(labels).tolist(), strict=True
        ):
            event.update(label=names[label], label_id=label)


def make_plan(world: Mapping | str, files: Mapping) -> WorldFiles:
    """Create a plan from a config, see :func:`build_plan`.

    Args:
        world: Settings of :class:`SyntheticWorld`, or a name in :data:`NAMED_WORLDS`.
        files: Settings of :class:`WorldFiles` other than the world; for a named world, those that
            differ from its own.

    Raises:
        InputError: A setting is unknown or out of range, or the name is unknown.
    """
    if not isinstance(world, str):
        return build_plan(WorldFiles, SyntheticWorld, world, files)
    if world not in NAMED_WORLDS:
        raise InputError(f"synthetic world: expected one of {list(NAMED_WORLDS)}, got {world!r}")
    named = NAMED_WORLDS[world]
    if named.is_of_annotations and not files.get("annotations"):
        raise InputError(
            f"synthetic world: expected the annotation file of UnAV-100 with {world!r}, got none"
        )
    own = {**named.files, **files}
    if files.keys() <= ({"annotations"} if named.is_of_annotations else set()):
        own["name"] = f"{world}-v{named.version}"
    return build_plan(WorldFiles, SyntheticWorld, named.world, own)
