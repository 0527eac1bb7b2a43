"""Writing a synthetic world in the real file format."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import numpy as np

from ...errors import InputError
from ...fileio import check_folder, locked, open_regular, read_annotations, writing
from ...structures import FEATURE_KINDS, MODALITIES, Events, FeatureKind
from ...text import warn
from ..av_dataset import ANN_FILE
from .folder import WorldRecord, check_free, put_in_place
from .setting_checks import are_counts
from .world import Script, SyntheticWorld

# Counts up whenever the same settings give other files.
GENERATOR = 1
SUBSETS = ("train", "validation", "test")
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class _Video(NamedTuple):
    """A video to write, and the key that everything in it follows from."""

    video_id: str
    subset: str
    key: tuple[int, ...]
    script: Script


@dataclass(frozen=True)
class WorldFiles:
    """What to write.

    Args:
        world (SyntheticWorld): The world.
        num_videos (tuple[int, int, int]): Videos of train, validation and test.
        layouts (tuple[str, ...]): ``'onepeace'``, ``'i3d-vggish'``.
        widths (tuple[int, int] | None): Channels of visual and audio features; None for the real
            features' own.
        annotations (str | None): Annotation file whose events are taken instead of made-up ones.
        shuffle_train_labels (bool): Permute the labels of the training events in the annotation
            file, not in the features: nothing is left to learn.
    """

    world: SyntheticWorld
    num_videos: tuple[int, int, int] = (1000, 80, 300)
    layouts: tuple[str, ...] = ("onepeace",)
    widths: tuple[int, int] | None = (64, 64)
    annotations: str | None = None
    shuffle_train_labels: bool = False

    def __post_init__(self) -> None:
        if not are_counts(self.num_videos, len(SUBSETS)) or not any(self.num_videos):
            raise InputError(
                f"synthetic world: num_videos={self.num_videos!r} found, three counts expected, "
                "not all of them 0"
            )
        names = set(self.layouts) if isinstance(self.layouts, tuple) else set()
        if not names or names - set(FEATURE_KINDS):
            raise InputError(
                f"synthetic world: layouts={self.layouts!r} found, some of {sorted(FEATURE_KINDS)} "
                "expected"
            )
        if self.widths is not None and not are_counts(self.widths, 2, 2):
            raise InputError(
                f"synthetic world: widths={self.widths!r} found, two of at least 2 expected"
            )

    def settings(self) -> dict:
        """All that the files follow from, in JSON's types; a given file by its content."""
        settings = dict(generator=GENERATOR, **asdict(self))
        if self.annotations is not None:
            settings["annotations"] = _digest(self.annotations)
        return json.loads(json.dumps(settings))

    def write(
        self, root: str | Path, overwrite: bool = False, progress: Callable | None = None
    ) -> int:
        """Write annotations and features below a folder, whole or not at all.

        Files of this world that are gone are written again, with a warning.

        Args:
            root (str | Path): Folder of the data set.
            overwrite (bool): Replace another world that lies there: the files that it lists as
                its own, and nothing else.
            progress (Callable | None): Wraps the videos to show how far it is.

        Returns:
            int: Files written; 0 when this very world lay there already.

        Raises:
            InputError: The folder holds something else, or cannot be written.
        """
        root = Path(root).resolve()
        wanted = self._wanted(root, overwrite)
        if wanted == set():
            return 0
        # Process ids are not enough where machines share the folder.
        temporary = root.with_name(f".{root.name}.writing.{uuid4().hex}")
        try:
            with writing(root):
                classes, videos = self._videos()
                if wanted is None:
                    check_folder(root, size=sum(map(self._size, videos)))
                names = self._write_files(temporary, wanted, classes, (progress or iter)(videos))
                with locked(root.with_name(f".{root.name}.lock"), "try again", wait=True):
                    return self._put_in_place(temporary, root, overwrite, wanted, names)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _put_in_place(
        self, new: Path, root: Path, overwrite: bool, wanted: set[str] | None, names: set[str]
    ) -> int:
        """Bring what has been written to its folder; returns the number of files."""
        # Another process may have been faster.
        again = self._wanted(root, overwrite)
        if again == set():
            return 0
        if wanted is not None and again != wanted:
            raise InputError(f"{root}: another process changed the world: try again")
        written = names if wanted is None else names & wanted
        if wanted is not None:
            warn(
                f"{root}: {len(written)} of the world's {len(names)} files are gone, as "
                f"{min(written)}: written again",
                stacklevel=3,
            )
        put_in_place(new, root, self.settings(), names)
        return len(written)

    def _wanted(self, root: Path, overwrite: bool) -> set[str] | None:
        """The files to write, of a world that lies there; None for all."""
        record = WorldRecord.read(root)
        if record is None or record.settings != self.settings():
            check_free(root, record, overwrite)
            return None
        return set(record.missing(root)) if record.files else None

    def _write_files(
        self,
        root: Path,
        wanted: set[str] | None,
        classes: Sequence[str],
        videos: Iterable[_Video],
    ) -> set[str]:
        """Write some files or, with None, all; returns the names of all."""
        (root / "av_features").mkdir(parents=True)
        (root / ANN_FILE).parent.mkdir()
        database, names = {}, {ANN_FILE}
        for video in videos:
            names |= self._write_features(root, video, wanted)
            database[video.video_id] = dict(
                duration=video.script.duration,
                annotations=[
                    dict(
                        segment=[event.start, event.end],
                        label=classes[event.label],
                        label_id=event.label,
                    )
                    for event in video.script.events
                ],
                subset=video.subset,
            )
        if self.shuffle_train_labels:
            self._shuffle(database, classes)
        if wanted is None or ANN_FILE in wanted:
            content = dict(version="synthetic", classes=classes, database=database)
            (root / ANN_FILE).write_text(json.dumps(content))
        return names

    def _videos(self) -> tuple[tuple[str, ...], list[_Video]]:
        """Class names, and all videos."""
        if self.annotations is None:
            classes = tuple(f"class {label}" for label in range(self.world.num_classes))
            keys = [(s, i) for s, count in enumerate(self.num_videos) for i in range(count)]
            return classes, [
                _Video(_make_id(self.world.seed, k), SUBSETS[k[0]], k, self.world.script(k))
                for k in keys
            ]
        content = read_annotations(self.annotations)
        if len(content.classes) != self.world.num_classes:
            raise InputError(
                f"synthetic world: num_classes={self.world.num_classes} found, the "
                f"{len(content.classes)} of {self.annotations} expected"
            )
        videos = []
        for subset, count in zip(SUBSETS, self.num_videos, strict=True):
            names = [n for n, video in content.videos.items() if video.subset == subset]
            if count > len(names):
                raise InputError(
                    f"synthetic world: {count} videos of subset {subset!r} wanted, "
                    f"{self.annotations} has {len(names)}"
                )
            for name in names[:count]:
                video, key = content.videos[name], tuple(name.encode())
                # float32 seconds as short decimals again, as they stood in the file.
                segments = np.round(video.events.segments.astype(np.float64), 5)
                events = Events(segments, video.events.labels)
                script = self.world.script_of(key, video.duration, events)
                videos.append(_Video(name, subset, key, script))
        return content.classes, videos

    def _write_features(self, root: Path, video: _Video, wanted: set[str] | None) -> set[str]:
        """Write those of a video's features that are wanted; returns the names of all."""
        all_names = set()
        for kind, modality, dim in self._streams():
            suffixes = kind.stream(modality).suffixes
            names = [f"av_features/{video.video_id}{suffix}" for suffix in suffixes]
            all_names |= set(names)
            if wanted is not None and not wanted & set(names):
                continue
            values = self.world.features(video.key, video.script, modality, dim, kind.grid)
            parts = np.array_split(values, len(names), axis=1)
            for name, part in zip(names, parts, strict=True):
                if wanted is None or name in wanted:
                    np.save(root / name, part)
        return all_names

    def _size(self, video: _Video) -> int:
        """Bytes of a video's features, all layouts together."""
        return sum(
            4 * kind.grid.num_steps(video.script.duration) * dim for kind, _, dim in self._streams()
        )

    def _streams(self) -> Iterator[tuple[FeatureKind, str, int]]:
        """Kind, modality and channels of all features of a video."""
        for kind in (FEATURE_KINDS[name] for name in self.layouts):
            for number, modality in enumerate(MODALITIES):
                dim = self.widths[number] if self.widths else kind.stream(modality).dim
                yield kind, modality, dim

    def _shuffle(self, database: dict, classes: Iterable[str]) -> None:
        """Permute the labels over all training events."""
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


def _digest(path: str) -> str:
    """What an annotation file holds, in short."""
    with open_regular(path, "annotation file") as file:
        return "sha256:" + hashlib.sha256(file.read()).hexdigest()


def _make_id(seed: int, key: tuple[int, ...]) -> str:
    """An id of 11 letters, in the form of real ones."""
    letters = np.random.default_rng([seed, 99, *key]).integers(len(_ID_LETTERS), size=11)
    return "".join(_ID_LETTERS[i] for i in letters)


def make_plan(world: dict, files: dict) -> WorldFiles:
    """A plan from plain dicts, as configs hold them.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    def tuples(settings: dict) -> dict:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}

    try:
        return WorldFiles(SyntheticWorld(**tuples(world)), **tuples(files))
    except TypeError as error:
        raise InputError(f"synthetic world: {error}") from error
