"""Runs of a table: a row, trained with a seed and tested."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ...engine.cli import read_options
from ...engine.config import load_config
from ...engine.fit import datasets_of, task_at
from ...errors import InputError
from ...evaluation.metrics.dump_predictions import file_of_task
from ...fileio import write_json
from ...registry import DATASETS, build_part, building, check_part
from ..complexity import count_config
from .records import RECORD_FILE, Record, current_commit, read_figures, read_record
from .rows import Row


class NotAvailableError(Exception):
    """Something that a run needs is missing."""


@cache
def _loaded(path: Path, *options: str) -> tuple[Config, str]:
    """A config with options, and the hash of its content without the seed."""
    cfg = load_config(path, read_options(options))
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=str)
    return cfg, hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def _checked(path: Path, *options: str) -> Config:
    """A config with options, whose data exist.

    Raises:
        NotAvailableError: Data are missing.
        InputError: The config or an option is invalid.
    """
    cfg, _ = _loaded(path, *options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    for place, dataset, _ in datasets_of(cfg):
        with building(place, dataset):
            check_part(DATASETS, dataset)
        try:
            build_part(DATASETS, dataset, place)
        except InputError as error:
            raise NotAvailableError(str(error)) from error
    return cfg


@dataclass(frozen=True, eq=False)
class Run:
    """A row, trained with a seed and tested.

    Attributes:
        row: A row with a config.
        seed: The seed.
        work_dir: Folder that contains the folders of all rows.
        options: ``key=value`` pairs for all rows.
        root: Folder of the project.
    """

    row: Row
    seed: int
    work_dir: Path
    options: tuple[str, ...]
    root: Path

    @property
    def config_file(self) -> Path:
        """Config of the row."""
        assert self.row.config is not None
        return self.row.config

    @property
    def folder(self) -> Path:
        """Folder of the run."""
        return self.work_dir / self.row.name / f"seed{self.seed}"

    @property
    def name(self) -> str:
        """Name for messages."""
        return f"{self.row.name}, seed {self.seed}"

    @property
    def given(self) -> tuple[str, ...]:
        """All ``key=value`` pairs."""
        return (*(f"{key}={value}" for key, value in self.row.options.items()), *self.options)

    def config(self) -> Config:
        """The config with all options.

        Raises:
            InputError: The config or an option is invalid.
        """
        return _loaded(self.config_file, *self.given)[0]

    def starts_from(self) -> str | None:
        """Name of the row whose checkpoint this one starts from; None if there is none."""
        load_from = self.config().get("load_from")
        return Path(load_from).parent.name if load_from else None

    def read(self, any_commit: bool = False) -> Record:
        """Read the record of the run, or begin one.

        Args:
            any_commit: Whether to accept a finished run of another commit.

        Raises:
            InputError: The folder contains a run of another config, or of another commit.
        """
        _, config_hash = _loaded(self.config_file, *self.given)
        config, path = str(self.config_file.relative_to(self.root)), self.folder / RECORD_FILE
        new = Record(config, list(self.given), config_hash, current_commit(self.root), self.seed)
        if not path.is_file():
            if list(self.folder.glob("*.pth")):
                raise InputError(
                    f"{self.folder}: expected {RECORD_FILE} beside checkpoints, got none"
                )
            return new
        found = read_record(path)
        remedy = "remove the folder, or use another --work-dir"
        if found.options != new.options:
            raise InputError(
                f"run {path}: options: expected {' '.join(new.options) or '(none)'}, got "
                f"{' '.join(found.options) or '(none)'}: {remedy}"
            )
        if found.config_hash != config_hash:
            raise InputError(
                f"run {path}: config_hash: expected {config_hash}, got {found.config_hash}: "
                f"{config} has changed since the run: {remedy}"
            )
        # The rest of a training would be of this commit.
        if found.commit != new.commit and not (any_commit and found.figures):
            raise InputError(
                f"run {path}: commit: expected {new.commit}, got {found.commit}: {remedy}; "
                "--any-commit accepts finished runs of other commits"
            )
        return found

    def prepare(self, any_commit: bool = False) -> Record:
        """Read the record of the run, or begin one: check its data, and count its costs.

        Args:
            any_commit: Whether to accept a finished run of another commit.

        Raises:
            NotAvailableError: The data are missing.
            InputError: The folder contains another run, or the config is invalid.
        """
        record = self.read(any_commit)
        if record.figures:
            return record
        cfg = _checked(self.config_file, *self.given)
        cost = count_config(cfg)[1]["total"]
        file = file_of_task("predictions.json", _first_test_task(cfg))
        return record._replace(predictions=file.name, num_params=cost.params, macs=cost.macs)

    def finish(self, record: Record, environment: Mapping[str, str] = {}) -> Record:
        """Train and test. An interrupted training is resumed.

        Unlike the other methods, it does not use MMEngine's global state, so that it may be called
        by threads. The output of the tools goes to ``console.log``.

        Args:
            record: Result of :meth:`prepare`.
            environment: Additional environment variables for the tools.

        Returns:
            Record: The record with results.

        Raises:
            NotAvailableError: The checkpoint to start from is missing.
            InputError: A tool failed (with its last message).
        """
        options = [*self.given, *self._start(self.config().get("load_from"))]
        extra = ["--cfg-options", *options] if options else []
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(record)
        resume = ["--resume"] if list(self.folder.glob("epoch_*.pth")) else []
        began = time.monotonic()
        try:
            arguments = ("--work-dir", self.folder, "--seed", self.seed, *resume, *extra)
            self._call(environment, "train.py", self.config_file, *arguments)
        finally:
            record = record._replace(seconds=record.seconds + time.monotonic() - began)
            self._write(record)
        best = self._best()
        dump = self.folder / "predictions.json"
        arguments = ("--work-dir", self.folder / "test", "--dump", dump, *extra)
        self._call(environment, "test.py", self.config_file, best, *arguments)
        record = record._replace(
            figures=read_figures(max((self.folder / "test").glob("*/*.json"))),
            checkpoint=best.name,
        )
        self._write(record)
        return record

    def _start(self, load_from: str | None) -> list[str]:
        """Options for the checkpoint to start from, which another row may have trained.

        Args:
            load_from: The config's ``load_from``; ``work_dirs/NAME/epoch_N.pth`` refers to the row
                called NAME.
        """
        if not load_from:
            return []
        named = Path(load_from)
        of_row = self.work_dir / named.parent.name / self.folder.name / named.name
        for path in (of_row, named):
            if path.is_file():
                return [f"load_from={path}"]
        raise NotAvailableError(f"checkpoint {load_from}: no such file")

    def _best(self) -> Path:
        """The checkpoint that is best on validation."""
        chosen = list(self.folder.glob("best_*_epoch_*.pth"))
        if not chosen:
            raise InputError(
                f"{self.folder}: no checkpoint was selected, as validation never ran, or has no "
                "events: lower train_cfg.val_interval, or raise the epochs"
            )
        return max(chosen, key=lambda path: path.stat().st_mtime)

    def _write(self, record: Record) -> None:
        write_json(self.folder / RECORD_FILE, record._asdict())

    def _call(self, environment: Mapping[str, str], tool: str, *arguments: Any) -> None:
        """Run a tool."""
        command = [sys.executable, str(self.root / "tools" / tool), *map(str, arguments)]
        log = self.folder / "console.log"
        with log.open("ab") as output:
            code = subprocess.run(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | environment,
            ).returncode
        if code:
            lines = log.read_text(errors="replace").strip().splitlines()
            raise InputError(f"{lines[-1] if lines else f'exit status {code}'} ({log})")


def _first_test_task(cfg: Config) -> str | None:
    return next(task_at(place) for place, _, _ in datasets_of(cfg) if place.startswith("test"))
