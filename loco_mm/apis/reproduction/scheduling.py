"""Runs several trainings at once, one on each GPU."""

import os
import queue
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import NamedTuple

from ...errors import InputError
from .records import Record
from .training_runs import NotAvailableError, Run


class Finished(NamedTuple):
    """Result of a run.

    Attributes:
        record: Its record; None if it did not succeed.
        reason: Reason if it did not succeed.
        failed: Whether the reason is an error; False if something was missing.
    """

    record: Record | None = None
    reason: str = ""
    failed: bool = False


def execute(
    runs: Sequence[Run],
    slots: Sequence[str],
    any_commit: bool = False,
    report: Callable[[Run, Finished, float | None], None] = lambda *_: None,
) -> dict[Run, Finished]:
    """Train and test runs, several at once. A run that fails does not stop the others.

    Args:
        runs: The runs. One that starts from the checkpoint of another row waits for it.
        slots: One entry for each run at the same time: the id of its GPU, or an empty string to
            leave the choice of the device to the run.
        any_commit: Whether to accept finished runs of another commit.
        report: Called after each run with the run, its result, and the estimated remaining seconds,
            or None for a run that had been finished, or cannot be started.

    Returns:
        dict: Result of each run.
    """
    results: dict[Run, Finished] = {}
    waiting: dict[Run, Record] = {}
    for run in runs:
        found = _attempt(partial(run.prepare, any_commit))
        if found.record and not found.record.figures:
            waiting[run] = found.record
        else:
            results[run] = found
            report(run, found, None)
    names = {run.row.name for run in waiting}
    waves: tuple[list[Run], list[Run]] = ([], [])
    for run in waiting:
        waves[run.starts_from() in names].append(run)
    workers, clock = _Workers(slots), _Clock(len(waiting), len(slots))
    for wave in waves:
        pool = ThreadPoolExecutor(len(slots))
        try:
            futures = {pool.submit(workers.finish, run, waiting[run]): run for run in wave}
            for future in as_completed(futures):
                run = futures[future]
                results[run], seconds = future.result()
                report(run, results[run], clock.remaining(seconds))
        finally:
            pool.shutdown(cancel_futures=True)
    return {run: results[run] for run in runs}


def _attempt(action: Callable[[], Record]) -> Finished:
    try:
        return Finished(action())
    except NotAvailableError as error:
        return Finished(reason=f"not available: {error}")
    except InputError as error:
        return Finished(reason=f"failed: {error}", failed=True)


class _Workers:
    """Finishes runs, each on its own GPU and with its share of the CPU's cores.

    Args:
        slots: See :func:`execute`.
    """

    def __init__(self, slots: Sequence[str]):
        self.threads = str(max(1, (os.cpu_count() or 1) // len(slots)))
        self.is_shared = len(slots) > 1
        self.free: queue.SimpleQueue[str] = queue.SimpleQueue()
        for slot in slots:
            self.free.put(slot)

    def finish(self, run: Run, record: Record) -> tuple[Finished, float]:
        """Finish a run, and return its result and duration in seconds."""
        slot, began = self.free.get(), time.monotonic()
        environment = {"CUDA_VISIBLE_DEVICES": slot} if slot else {}
        if self.is_shared and "OMP_NUM_THREADS" not in os.environ:
            environment["OMP_NUM_THREADS"] = self.threads
        try:
            found = _attempt(partial(run.finish, record, environment))
        finally:
            self.free.put(slot)
        return found, time.monotonic() - began


class _Clock:
    """Estimates the remaining time from the durations of runs.

    Args:
        total: Number of runs.
        at_once: Number of runs at the same time.
    """

    def __init__(self, total: int, at_once: int):
        self.total, self.at_once = total, at_once
        self.durations: list[float] = []

    def remaining(self, duration: float) -> float:
        """Seconds until the end, after a run of a duration."""
        self.durations.append(duration)
        mean = sum(self.durations) / len(self.durations)
        return mean * (self.total - len(self.durations)) / self.at_once


def shard_of(runs: Iterable[Run], text: str) -> list[Run]:
    """A part of the runs, for one of several machines or tasks.

    Args:
        runs: The runs.
        text: ``K/N``: the K-th of N parts, from 1.

    Raises:
        InputError: The text has another form.
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise InputError(f"--shard: expected K/N with 1 <= K <= N, such as 1/4, got {text}")
    return list(runs)[int(number) - 1 :: int(count)]
