"""Creates a custom dataset with a config from events in any supported format."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..engine.config_names import keep_braces
from ..errors import InputError
from ..exchange import AnnotationFile, EventTable, Split, as_annotation_file, read_events
from ..features import default_extractor
from ..fileio import (
    DESCRIPTION_FILE,
    check_output,
    class_names,
    read_kind,
    read_manifest,
    video_files,
    write_text,
)
from ..media import probe
from ..structures import FEATURE_KINDS, FEATURES_FOLDER

ANNOTATIONS = "annotations/annotations.json"
# Possible maximum numbers of steps of a training crop.
_LENGTHS = (64, 96, 128, 192, 256, 384, 512)


class Imported(NamedTuple):
    """Result of :func:`import_annotations`.

    Attributes:
        annotations: Path of the annotation file.
        config: Path of the config.
        is_new_config: Whether the config was written; an existing one is kept.
        content: The annotation file.
    """

    annotations: Path
    config: Path
    is_new_config: bool
    content: AnnotationFile


def import_annotations(
    events: str | Path,
    root: str | Path,
    base: str | Path,
    videos: str | Path | None = None,
    kind: str | None = None,
    split: Split | None = None,
    classes: str | Sequence[str] | None = None,
    clip: bool = False,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Imported:
    """Write an annotation file in the UnAV-100 form, and a config for training on it.

    Durations are read from the manifest of extracted features in ``root``, otherwise from the media
    files, otherwise from the table of events.

    Args:
        events: The events, in one of :data:`loco_mm.exchange.FORMATS`.
        root: Folder of the dataset, with features in its folder ``av_features``.
        base: Base config of the new one.
        videos: Folder of the media files.
        kind: Name of the format; by default it is detected.
        split: Assigns splits to the videos if the events have none.
        classes: Class names by label, or a text file with them.
        clip: Whether to clip events to their video; by default those that end later are refused.
        progress: Wraps the media files whose durations are read.

    Raises:
        InputError: A file cannot be read, or the events are not a valid dataset; see
            :func:`loco_mm.exchange.as_annotation_file`.
    """
    root = Path(root)
    annotations = root / ANNOTATIONS
    check_output(annotations, inputs=[events])
    table = read_events(events, kind)
    names = None if classes is None else class_names(classes, "classes")
    durations = _durations(table, root, videos, progress)
    content = as_annotation_file(table, durations, f"{events}", split, names, clip)
    name = re.sub(r"\W", "_", root.resolve().name) or "data"
    config = root / f"loco_{name}.py"
    is_new = not config.exists()
    content.write(annotations)
    if is_new:
        write_text(config, keep_braces(_config_text(root, Path(base), name, content)))
    return Imported(annotations, config, is_new, content)


def _durations(
    table: EventTable, root: Path, videos: str | Path | None, progress: Callable
) -> dict[str, float]:
    folder = root / FEATURES_FOLDER
    manifest = read_manifest(folder) if folder.is_dir() else {}
    known = {
        video_id: max(manifest[video_id].video_seconds, manifest[video_id].audio_seconds)
        for video_id in table.videos
        if video_id in manifest
    }
    if videos is None:
        return known
    files = video_files(videos, "videos")
    waiting = [video_id for video_id in table.videos if video_id in files and video_id not in known]
    bad = []
    for video_id in progress(waiting):
        try:
            known[video_id] = probe(files[video_id]).duration
        except InputError as error:
            bad.append(str(error))
    if bad:
        raise InputError(
            f"{len(bad)} of {len(waiting)} media files cannot be used: {'; '.join(bad[:5])}: "
            "remove their events, or get new copies"
        )
    return known


def _config_text(root: Path, base: Path, name: str, content: AnnotationFile) -> str:
    """Config of the dataset with the values that depend on the data, to be edited by the user.

    Configs are executed when they are read. Therefore no string from a file is part of it, only
    numbers and the paths given by the user. Both paths are valid from any working directory, and
    with links to folders: that of the base is relative to the config's real place.
    """
    described, default = read_kind(root / FEATURES_FOLDER), default_extractor()
    features = described or FEATURE_KINDS[default]
    longest = max(video["duration"] for video in content.content["database"].values())
    steps = features.grid.num_steps(longest)
    length = next((length for length in _LENGTHS if length >= steps), _LENGTHS[-1])
    return f"""\
# Made from {len(content.content["database"])} videos; yours to change.
_base_ = {os.path.relpath(base.resolve(), root.resolve())!r}
data = dict(
    type="AVDataset",
    data_root={os.path.abspath(root)!r},
    ann_file={ANNOTATIONS!r},
    features={DESCRIPTION_FILE if described else default!r},
    metainfo=dict(dataset_type={name!r}),
)
# The longest video has {steps} steps; of those with more than max_len, training takes parts.
train_dataloader = dict(dataset=dict(**data, max_len={length}))
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
model = dict(
    max_len={length},
    encoder=dict(visual_dim={features.visual.dim}, audio_dim={features.audio.dim}),
    pyramid=dict(num_levels={5 if length <= 128 else 6}),
    head=dict(num_classes={len(content.classes)}),
)
"""
