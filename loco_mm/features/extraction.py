"""Extracts the features of many media files to the place where datasets read them."""

import hashlib
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..fileio import (
    Entry,
    FeatureFile,
    ManifestWriter,
    atomic_write,
    check_folder,
    describe_folder,
    id_of_path,
    locked,
    read_manifest,
)
from ..registry import EXTRACTORS, build_part, find_type
from ..structures import FEATURES_FOLDER
from ..text import file_name, first_line
from .base_extractor import BaseExtractor


@dataclass
class Extraction:
    """Result of :func:`extract_videos`.

    Attributes:
        folder: Folder of the feature files.
        done: Ids of the extracted videos.
        kept: Ids of videos that had been extracted before.
        failed: Error messages by path of the media file.
        remarks: Warnings about extracted files.
    """

    folder: Path
    done: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def build_extractor(config: Mapping, device: str = "cpu") -> BaseExtractor:
    """Build an extractor from its config.

    Args:
        config: ``type``, the name of the extractor, and its options.
        device: Device of its models, if it has any.

    Raises:
        InputError: The extractor is unknown, or an option is invalid.
    """
    return build_part(EXTRACTORS, config, "extractor", dict(device=device))


def extract_videos(
    config: Mapping,
    paths: Sequence[str | Path],
    root: str | Path,
    shard: tuple[int, int] = (1, 1),
    workers: int = 1,
    device: str = "cpu",
    progress: Callable[[Iterable, int], Iterable] | None = None,
) -> Extraction:
    """Extract the features of media files, except those that are done.

    A video's id is its file name without extension. Feature files are written atomically; a video
    is done when all its files are written and it is listed in the manifest. After a bad file,
    extraction continues with the next one.

    Args:
        config: Config of the extractor, see :func:`build_extractor`.
        paths: The media files.
        root: Folder of the dataset; files are written to its folder ``av_features``.
        shard: Part to process, from 1 on, and number of parts, to share the work between machines
            that are given the same paths.
        workers: Number of processes, each with its own extractor.
        device: Device of models, if there are any.
        progress: Wraps the results, given their number.

    Raises:
        InputError: Two files have the same id, the folder contains other features or is not
            writable, or another process extracts the same part.
    """
    number, count = shard
    part = dict(list(by_id(paths).items())[number - 1 :: count])
    return extract_part(config, part, root, shard, workers, device, progress)


def extract_part(
    config: Mapping,
    videos: Mapping[str, str],
    root: str | Path,
    shard: tuple[int, int],
    workers: int,
    device: str,
    progress: Callable[[Iterable, int], Iterable] | None = None,
    started: Callable[[str], None] | None = None,
) -> Extraction:
    """Extract the videos of one part, see :func:`extract_videos`.

    Args:
        config: See :func:`extract_videos`.
        videos: Paths of the media files of this part, by id.
        root: See :func:`extract_videos`.
        shard: Number of the part, and number of parts.
        workers: See :func:`extract_videos`.
        device: See :func:`extract_videos`.
        progress: See :func:`extract_videos`.
        started: Called with each path before it is extracted, if there is one worker.

    Raises:
        InputError: See :func:`extract_videos`.
    """
    extractor = build_extractor(config, device)
    folder = Path(root) / FEATURES_FOLDER
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    describe_folder(folder, extractor.description())
    number, count = shard
    lock = folder / f".extracting-{number}-of-{count}.lock"
    with locked(lock, "let it end, or give it another folder"):
        kept, missing = split_done(videos, folder)
        result, waiting = Extraction(folder, kept=kept), list(missing.values())
        workers = min(workers, len(waiting))
        found = (
            _one_by_one(extractor, waiting, folder, started)
            if workers <= 1
            else _in_processes(config, device, waiting, folder, workers)
        )
        writer = ManifestWriter(folder, shard)
        for path, outcome in progress(found, len(waiting)) if progress else found:
            if isinstance(outcome, str):
                result.failed[path] = outcome
            else:
                writer.add(outcome.entry)
                result.done.append(outcome.entry.video_id)
                result.remarks += outcome.remarks
    return result


def by_id(paths: Sequence[str | Path]) -> dict[str, str]:
    """Media files by the ids of their videos.

    Raises:
        InputError: Two files have the same id.
    """
    videos: dict[str, str] = {}
    for path in map(str, paths):
        video_id = id_of_path(path)
        file_name(f"media file {path}", video_id)
        if videos.setdefault(video_id, path) != path:
            raise InputError(
                f"media files {videos[video_id]} and {path} have the same id, {video_id!r}: "
                "rename one"
            )
    return videos


def split_done(videos: Mapping[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
    """Ids of the videos that have been extracted, and the other videos.

    Args:
        videos: Paths of the media files by id.
        folder: Folder of the feature files.

    Raises:
        InputError: A file of the manifest is damaged.
    """
    manifest = read_manifest(folder)
    kept = [name for name, path in videos.items() if _is_done(manifest.get(name), path, folder)]
    done = set(kept)
    return kept, {name: path for name, path in videos.items() if name not in done}


def _is_done(entry: Entry | None, path: str, folder: Path) -> bool:
    if entry is None or not entry.is_whole(folder):
        return False
    # If the media file was deleted, it cannot have changed.
    return not os.path.isfile(path) or os.path.getsize(path) == entry.bytes


class _Extracted(NamedTuple):
    """An extracted video and warnings about it."""

    entry: Entry
    remarks: list[str]


def _extract(extractor: BaseExtractor, path: str, folder: Path) -> _Extracted | str:
    """Extract a video and write its files; return an error message if it fails."""
    try:
        media, features = extractor.extract(path)
        video_id = id_of_path(path)
        files = {
            f"{video_id}{suffix}": _write_array(folder / f"{video_id}{suffix}", array)
            for suffix, array in features.items()
        }
        entry = Entry(
            video_id=video_id,
            source=Path(path).name,
            bytes=os.path.getsize(path),
            video_seconds=media.video_end,
            audio_seconds=media.audio_end,
            files=files,
        )
        return _Extracted(entry, media.remarks())
    except InputError as error:
        return str(error)


def _write_array(path: Path, array: np.ndarray) -> FeatureFile:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    content = buffer.getbuffer()
    with atomic_write(path, "wb") as file:
        file.write(content)
    digest = hashlib.sha256(content).hexdigest()
    return FeatureFile(shape=list(array.shape), bytes=len(content), sha256=digest)


def _one_by_one(
    extractor: BaseExtractor,
    paths: list[str],
    folder: Path,
    started: Callable[[str], None] | None,
) -> Iterator[tuple[str, _Extracted | str]]:
    for path in paths:
        if started:
            started(path)
        yield path, _extract(extractor, path, folder)


def _in_processes(
    config: Mapping, device: str, paths: list[str], folder: Path, workers: int
) -> Iterator[tuple[str, _Extracted | str]]:
    # A fork would copy locks and GPU contexts in an undefined state.
    context = get_context("spawn")
    module = find_type(EXTRACTORS, config["type"]).__module__
    arguments = (module, dict(config), device)
    with ProcessPoolExecutor(workers, context, _start_worker, arguments) as pool:
        try:
            jobs = {pool.submit(_work, path, folder): path for path in paths}
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        except BrokenProcessPool as error:
            raise InputError(
                "a worker was killed, as when memory runs out: what is done is kept; run the same "
                "command again, with fewer workers"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_WORKER: dict[str, Any] = {}


def _end_with_parent() -> None:
    """Make a worker exit if its parent is killed; it would wait forever for work."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker(module: str, config: Mapping, device: str) -> None:
    import torch

    threading.Thread(target=_end_with_parent, daemon=True).start()
    # One thread each, as there are several workers.
    torch.set_num_threads(1)
    try:
        # The module registers the extractor; the main script has already been imported.
        if module != "__main__":
            import_module(module)
        _WORKER["extractor"] = build_extractor(config, device)
    except Exception as error:  # reported with the first file; here it would kill the worker
        _WORKER["error"] = first_line(error)


def _work(path: str, folder: Path) -> _Extracted | str:
    if "error" in _WORKER:
        raise InputError(f"the extractor cannot be built in a worker: {_WORKER['error']}")
    return _extract(_WORKER["extractor"], path, folder)
