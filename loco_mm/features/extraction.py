"""Features of many media files, written where datasets read them."""

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
    """What :func:`extract_videos` did.

    Attributes:
        folder: Folder of the feature files.
        done: Ids of the videos that were extracted.
        kept: Ids of those that were there.
        failed: What is wrong, by the path of the media file.
        remarks: What is suspicious of files that were extracted.
    """

    folder: Path
    done: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def build_extractor(config: Mapping, device: str = "cpu") -> BaseExtractor:
    """An extractor of its config.

    Args:
        config: ``type``, the extractor's name, and its options.
        device: Where its models run, if it has any.

    Raises:
        InputError: There is no such extractor, or its options are wrong.
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
    """Extract the features of media files, without those that are done.

    A video's id is its file's name without ending. Feature files are written whole or not at all; a
    video is listed in the manifest, and counts as done, when all of its files are in place. A bad
    file does not stop the others.

    Args:
        config: The extractor's config, see :func:`build_extractor`.
        paths: The media files.
        root: Folder of the dataset; the files go to ``av_features`` in it.
        shard: Which of how many parts to do, from 1 on: as many machines can
            share the work, each with the same paths.
        workers: Processes, each with an extractor of its own.
        device: Where models run, if there are any.
        progress: Wraps the results, given how many there will be.

    Raises:
        InputError: Two files have one id, the folder holds other features or cannot be written
            to, or another process extracts the same part.
    """
    videos = _by_id(paths)
    extractor = build_extractor(config, device)
    folder = Path(root) / FEATURES_FOLDER
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    describe_folder(folder, extractor.description())
    number, count = shard
    lock = folder / f".extracting-{number}-of-{count}.lock"
    with locked(lock, "let it end, or give it another folder"):
        manifest = read_manifest(folder)
        result, waiting = Extraction(folder), []
        for video_id in list(videos)[number - 1 :: count]:
            if _is_done(manifest.get(video_id), videos[video_id], folder):
                result.kept.append(video_id)
            else:
                waiting.append(videos[video_id])
        workers = min(workers, len(waiting))
        found = (
            ((path, _extract(extractor, path, folder)) for path in waiting)
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


def _by_id(paths: Sequence[str | Path]) -> dict[str, str]:
    videos: dict[str, str] = {}
    for path in map(str, paths):
        video_id = id_of_path(path)
        file_name(f"media file {path}", video_id)
        if videos.setdefault(video_id, path) != path:
            raise InputError(
                f"media files {videos[video_id]} and {path} have one id, {video_id!r}: rename one"
            )
    return videos


def _is_done(entry: Entry | None, path: str, folder: Path) -> bool:
    if entry is None or not entry.is_whole(folder):
        return False
    # A file that is gone has nothing newer to say.
    return not os.path.isfile(path) or os.path.getsize(path) == entry.bytes


class _Extracted(NamedTuple):
    """A video that was extracted, and what is suspicious of it."""

    entry: Entry
    remarks: list[str]


def _extract(extractor: BaseExtractor, path: str, folder: Path) -> _Extracted | str:
    """Extract a video and write its files; what is wrong with it, if something is."""
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


def _in_processes(
    config: Mapping, device: str, paths: list[str], folder: Path, workers: int
) -> Iterator[tuple[str, _Extracted | str]]:
    # A fork would copy locks and GPU contexts in whatever state they are.
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
    """A worker whose parent is killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker(module: str, config: Mapping, device: str) -> None:
    import torch

    threading.Thread(target=_end_with_parent, daemon=True).start()
    # One core each: there are several.
    torch.set_num_threads(1)
    try:
        # It registers the extractor; that of the script itself has been run again already.
        if module != "__main__":
            import_module(module)
        _WORKER["extractor"] = build_extractor(config, device)
    except Exception as error:  # told by the first file; here it would be a worker's death
        _WORKER["error"] = first_line(error)


def _work(path: str, folder: Path) -> _Extracted | str:
    if "error" in _WORKER:
        raise InputError(f"the extractor cannot be built in a worker: {_WORKER['error']}")
    return _extract(_WORKER["extractor"], path, folder)
