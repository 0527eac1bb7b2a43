"""A dataset of one's own: events from any format, with a config to train on them."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..engine.config_names import keep_braces
from ..errors import InputError
from ..exchange import AnnotationFile, EventTable, Split, as_annotation_file, read_events
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
# Features of a folder that does not say what it holds.
_DEFAULT = "spectral"
# Steps of a training crop to choose from.
_LENGTHS = (64, 96, 128, 192, 256, 384, 512)


class Imported(NamedTuple):
    """What :func:`import_annotations` made.

    Attributes:
        annotations: The annotation file.
        config: The config.
        is_new_config: Whether it was written, and not there before.
        content: What the annotation file says.
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
    """Write an annotation file in the UnAV-100 form, and a config that trains on it.

    Durations come from the manifest of extracted features in ``root``, else from the media files,
    else from the table of events.

    Args:
        events: The events, in one of :data:`loco_mm.exchange.FORMATS`.
        root: Folder of the dataset; the features lie in ``av_features`` in it.
        base: Config that the new one is based on.
        videos: Folder of the media files.
        kind: Name of the format; by default it is told from the file.
        split: Splits of the videos, where the events say nothing of them.
        classes: Class names by label, or a text file of them.
        clip: Cut off events at the ends of their videos; by default those are refused.
        progress: Wraps the media files that are looked at.

    Raises:
        InputError: A file cannot be read, or the events are no dataset's; see
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
            f"{len(bad)} of {len(waiting)} media files cannot be used: {'; '.join(bad[:5])}: take "
            "their events out, or get them anew"
        )
    return known


def _config_text(root: Path, base: Path, name: str, content: AnnotationFile) -> str:
    """A config of the dataset: what depends on the data, for the user to go on from.

    Reading a config runs it. So no text of a file goes into it: numbers, and the places that the
    user has named.
    """
    described = read_kind(root / FEATURES_FOLDER)
    features = described or FEATURE_KINDS[_DEFAULT]
    longest = max(video["duration"] for video in content.content["database"].values())
    steps = features.grid.num_steps(longest)
    length = next((length for length in _LENGTHS if length >= steps), _LENGTHS[-1])
    return f"""\
# Made from {len(content.content["database"])} videos; yours to change.
_base_ = {os.path.relpath(base, root)!r}
data = dict(
    type="AVDataset",
    data_root={str(root)!r},
    ann_file={ANNOTATIONS!r},
    features={DESCRIPTION_FILE if described else _DEFAULT!r},
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
