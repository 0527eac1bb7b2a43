"""Logged values of trainings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ..engine.tensorboard import AXIS_KEYS
from ..errors import InputError
from ..fileio import read_text
from ..text import markdown, markdown_table
from ..visualization import Curve

# MMEngine writes one line of JSON per logged iteration and per validation.
SCALARS_FILE = "scalars.json"
# Losses, learned values of LCF, windows of LAC, and the main metrics.
DEFAULT_KEYS = ("loss*", "lcf_*", "lac_*", "*mAP", "*mAP@0.5", "*mAP@0.9", "*accuracy")


@dataclass(frozen=True)
class TrainingLog:
    """Logged values of a training.

    Attributes:
        training: Curves of training iterations, by name.
        validation: Curves of validations, by name.
        iterations_by_epoch: Last logged iteration of each epoch; empty for iteration-based loops.
    """

    training: dict[str, Curve]
    validation: dict[str, Curve]
    iterations_by_epoch: dict[int, int]

    def chosen(self, patterns: Sequence[str] = DEFAULT_KEYS) -> dict[str, Curve]:
        """Curves whose names match one of the patterns, in the order of the patterns."""
        curves = self.training | self.validation
        names = [name for pattern in patterns for name in curves if fnmatch(name, pattern)]
        return {name: curves[name] for name in dict.fromkeys(names)}

    def epoch_at(self, iteration: int) -> int | None:
        """The epoch of an iteration; None if unknown."""
        return next((e for e, last in self.iterations_by_epoch.items() if iteration <= last), None)


def read_training_log(run: str | Path) -> TrainingLog:
    """Read the log of a training.

    Args:
        run: Work dir, or a ``scalars.json`` file. A resumed training has several files in its work
            dir; the iterations that it repeated are read from the last of them.

    Raises:
        InputError: There is no such file, a line is not a JSON object, or no values are logged.
    """
    files = [Path(run)]
    if files[0].is_dir():
        files = sorted(files[0].glob(f"*/vis_data/{SCALARS_FILE}"))
        if not files:
            raise InputError(
                f"{run}: expected the work dir of a training, got a folder without "
                f"*/vis_data/{SCALARS_FILE}"
            )
    training: list[dict] = []
    validation: list[dict] = []
    for file in files:
        rows = _rows(file)
        trained = [row for row in rows if "iter" in row]
        tested = [row for row in rows if "iter" not in row and "step" in row]
        for earlier, later, key in ((training, trained, "iter"), (validation, tested, "step")):
            if later:
                earlier[:] = [row for row in earlier if row[key] < later[0][key]]
                earlier += later
    if not training and not validation:
        raise InputError(f"{run}: expected the log of a training, got no logged values")
    epochs = {row["epoch"]: row["iter"] for row in training if "epoch" in row}
    for row in validation:
        # The step of a validation is the epoch, except in iteration-based loops.
        row["iter"] = epochs.get(row["step"], row["step"])
    return TrainingLog(_curves(training), _curves(validation), epochs)


def _rows(file: Path) -> list[dict[str, Any]]:
    lines = read_text(file, "training log").splitlines()
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or not all(
                isinstance(row.get(key, 0), int) for key in ("iter", "step", "epoch")
            ):
                raise ValueError
        except ValueError as error:
            # The last line of a training that was killed may be incomplete.
            if number == len(lines):
                break
            raise InputError(
                f"training log {file}: line {number}: expected a JSON object with logged values"
            ) from error
        rows.append(row)
    return rows


def _curves(rows: list[dict[str, Any]]) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for row in rows:
        for name, value in row.items():
            if name in AXIS_KEYS or not isinstance(value, (int, float)):
                continue
            curve = curves.setdefault(name, Curve([], []))
            curve.iterations.append(row["iter"])
            curve.values.append(float(value))
    return curves


def training_summary(logs: dict[str, TrainingLog], patterns: Sequence[str]) -> str:
    """A table in Markdown with a row per run.

    Columns are the length of the training, the time of an iteration and the share spent waiting
    for data, peak memory on a GPU, and each chosen value: the last one of training, and the best
    one of validation with its epoch.

    Args:
        logs: Logs by name of the run.
        patterns: See :meth:`TrainingLog.chosen`.
    """
    keys = list(dict.fromkeys(key for log in logs.values() for key in log.chosen(patterns)))
    head = ["run", "iterations", "epochs", "s per iteration", "waiting for data", "memory (MB)"]
    rows = []
    for name, log in logs.items():
        times = log.training.get("time", Curve([], [])).values
        waits = log.training.get("data_time", Curve([], [])).values
        memory = log.training.get("memory", Curve([], [])).values
        last = max((c.iterations[-1] for c in log.training.values()), default=0)
        rows.append(
            [
                markdown(name),
                str(last),
                str(max(log.iterations_by_epoch, default="")),
                f"{sum(times) / len(times):.3f}" if times else "",
                f"{100 * sum(waits) / sum(times):.0f} %" if times and sum(times) else "",
                f"{max(memory):.0f}" if memory else "",
                *(_summary(log, key) for key in keys),
            ]
        )
    return markdown_table([*head, *map(markdown, keys)], rows)


def _summary(log: TrainingLog, key: str) -> str:
    if key in log.validation:
        curve = log.validation[key]
        best = max(range(len(curve.values)), key=curve.values.__getitem__)
        epoch = log.epoch_at(curve.iterations[best])
        where = f"iteration {curve.iterations[best]}" if epoch is None else f"epoch {epoch}"
        return f"{curve.values[best]:.4g} ({where})"
    if key in log.training:
        return f"{log.training[key].values[-1]:.4g}"
    return ""
