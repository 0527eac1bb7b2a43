"""Extraction of many media files by the tasks of a cluster, which submitit submits."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..fileio import check_folder
from ..optional import OptionalModule
from ..registry import EXTRACTORS, find_type
from ..structures import FEATURES_FOLDER
from ..text import first_line
from .extraction import Extraction, by_id, extract_part, split_done

if TYPE_CHECKING:
    import submitit
else:
    submitit = OptionalModule("submitit", "cluster")

LOG_FOLDER = "extraction_logs"
# A video that has ended this many tasks is reported as failed, and the rest of its part continues.
MAX_KILLS = 2
# Seconds between two looks at the tasks.
_POLL = 1


@dataclass(frozen=True)
class ExtractionTask:
    """Extracts one part of the videos in a task of a cluster.

    Attributes:
        config: Config of the extractor.
        module: Module that registers the extractor.
        videos: Paths of the media files of this part, by id.
        root: Folder of the dataset.
        shard: Number of the part, and number of parts.
        device: Device of models; None for a GPU if there is one.
        threads: Number of CPU threads.
    """

    config: Mapping
    module: str
    videos: Mapping[str, str]
    root: Path
    shard: tuple[int, int]
    device: str | None
    threads: int

    def split(self, count: int) -> list["ExtractionTask"]:
        """Divide the videos among as many tasks, or fewer if there are fewer videos."""
        videos = list(self.videos.items())
        count = min(count, len(videos))
        return [
            replace(self, videos=dict(videos[number::count]), shard=(number + 1, count))
            for number in range(count)
        ]

    @property
    def _note(self) -> Path:
        number, count = self.shard
        return self.root / FEATURES_FOLDER / f".extracting-{number}-of-{count}.video"

    def __call__(self) -> Extraction | str:
        """Extract; return an error message if all of it fails."""
        import torch

        torch.set_num_threads(self.threads)
        device = self.device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            import_module(self.module)
            found = extract_part(
                self.config, self.videos, self.root, self.shard, 1, device, None, self._started
            )
        except (ImportError, InputError) as error:
            return str(error)
        self.take_note()
        return found

    def __str__(self) -> str:
        number, count = self.shard
        return f"part {number} of {count}"

    def _started(self, path: str) -> None:
        self._note.write_bytes(os.fsencode(path))

    def take_note(self) -> str | None:
        """Remove the note of a killed task, and return the path of the file it was extracting."""
        if not self._note.exists():
            return None
        path = os.fsdecode(self._note.read_bytes())
        self._note.unlink()
        return path if path in self.videos.values() else None

    def checkpoint(self) -> Any:
        """Continue in another task, as submitit asks when the time of this one is over."""
        return submitit.helpers.DelayedSubmission(self)


def extract_on_cluster(
    config: Mapping,
    paths: Sequence[str | Path],
    root: str | Path,
    jobs: int,
    cluster: Literal["slurm", "local"] = "slurm",
    options: Mapping[str, Any] | None = None,
    device: str | None = None,
    progress: Callable[[Iterable, int], Iterable] | None = None,
) -> Extraction:
    """Extract the features of media files in tasks of a cluster, and wait for them.

    Each task extracts one part of the files as :func:`extract_videos` does. When a task is killed,
    its part is submitted again and continues where it stopped. A file that was being extracted
    when a task was killed, twice, is reported as failed.

    Args:
        config: Config of the extractor, see :func:`build_extractor`.
        paths: The media files, on a file system that all machines share.
        root: Folder of the dataset, on such a file system. Logs are written to its folder
            ``extraction_logs``.
        jobs: Number of tasks, each with its own extractor.
        cluster: ``'slurm'`` for an array of Slurm jobs, or ``'local'`` for processes.
        options: Parameters of submitit's ``AutoExecutor``, such as ``timeout_min``,
            ``gpus_per_node``, ``cpus_per_task``, ``mem_gb`` and ``slurm_partition``.
        device: Device of models; None for a GPU if there is one.
        progress: Wraps the finished parts, given their number.

    Raises:
        InputError: Two files have the same id, submitit is not installed or refuses the options,
            or a task fails with another error than that of a file.
    """
    kind = find_type(EXTRACTORS, config["type"])
    root = Path(root).resolve()
    folder = root / FEATURES_FOLDER
    check_folder(folder)
    defaults: dict[str, Any] = dict(name="extract", timeout_min=24 * 60, cpus_per_task=1)
    options = defaults | dict(options or {})
    executor = _executor(cluster, root / LOG_FOLDER, options)
    kept, waiting = split_done(by_id(paths), folder)
    threads = options["cpus_per_task"]
    whole = ExtractionTask(config, kind.__module__, waiting, root, (1, 1), device, threads)
    tasks = whole.split(jobs)
    result = Extraction(folder, kept=kept)
    parts = _run(executor, tasks, result.failed)
    for part in progress(parts, len(tasks)) if progress else parts:
        # A task that was killed had done what the next one keeps.
        result.done += [*part.kept, *part.done]
        result.failed |= part.failed
        result.remarks += part.remarks
    return result


def _executor(cluster: str, folder: Path, options: Mapping[str, Any]) -> Any:
    kind = submitit.AutoExecutor
    try:
        executor = kind(folder=folder, cluster=cluster)
        executor.update_parameters(**options)
    except (NameError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"cluster {cluster!r}: {first_line(error)}") from error
    return executor


def _run(
    executor: Any, tasks: list[ExtractionTask], failed: dict[str, str]
) -> Iterator[Extraction]:
    """Submit tasks, again if they are killed, and yield the result of each.

    Files that have ended too many tasks are added to ``failed``.
    """
    if not tasks:
        return
    for task in tasks:
        task.take_note()
    try:
        with executor.batch():
            submitted = [executor.submit(task) for task in tasks]
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        raise InputError(f"the jobs cannot be submitted: {first_line(error)}") from error
    waiting = list(zip(submitted, tasks, strict=True))
    kills: Counter = Counter()
    try:
        while waiting:
            time.sleep(_POLL)
            for job, task in [pair for pair in waiting if pair[0].done()]:
                waiting.remove((job, task))
                found = _result(job, task)
                if found is None:
                    task = _without_culprit(job, task, kills, failed)
                    waiting.append((executor.submit(task), task))
                else:
                    yield found
    except BaseException:
        for job, _ in waiting:
            with suppress(Exception):
                job.cancel()
        raise


def _result(job: Any, task: ExtractionTask) -> Extraction | None:
    """Result of a finished job; None if it was killed.

    Raises:
        InputError: It failed with an error that is not that of a file.
    """
    try:
        found = job.result()
    except submitit.core.utils.FailedJobError as error:
        raise InputError(f"{task}: fails: see {job.paths.stderr}") from error
    except submitit.core.utils.UncompletedJobError:
        return None
    if isinstance(found, str):
        raise InputError(f"{task}: {found}")
    return found


def _without_culprit(
    job: Any, task: ExtractionTask, kills: Counter, failed: dict[str, str]
) -> ExtractionTask:
    """The task to submit after one was killed: the same, without a file that has ended too many.

    Raises:
        InputError: Tasks are killed before they extract anything.
    """
    path = task.take_note()
    kills[task.shard, path] += 1
    if kills[task.shard, path] < MAX_KILLS:
        return task
    cause = "as when memory or time runs out"
    if path is None:
        raise InputError(
            f"{task}: killed {MAX_KILLS} times before its first video, {cause}: see "
            f"{job.paths.stderr}"
        )
    failed[path] = f"media file {path}: its task was killed {MAX_KILLS} times, {cause}"
    return replace(task, videos={k: v for k, v in task.videos.items() if v != path})
