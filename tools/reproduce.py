#!/usr/bin/env python
"""Train and test every row of a table, and print the results next to the published ones.

The rows of the paper's tables come from the metafiles of the configs; a plan defines its own rows.
When run again, the tool skips finished runs and resumes interrupted ones.
"""

import argparse
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmengine.config import Config

    from loco_mm.apis.result_tables import Outcome, Row

ROOT = Path(__file__).resolve().parents[1]


class NotAvailableError(Exception):
    """Something that a row needs is missing."""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", required=True, help="I or II of the paper, or a plan file as in tools/plans"
    )
    parser.add_argument("--work-dir", help="output folder (default: work_dirs/table_<table>)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of the rows to run")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="one run per seed")
    parser.add_argument("--cfg-options", nargs="+", default=[], help="key=value pairs for all rows")
    parser.add_argument("--list", action="store_true", help="print the table without running")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


@cache
def config_of(path: Path, *options: str) -> tuple["Config", str]:
    """Load a config with options, and compute a checksum of its content without the seed.

    Raises:
        InputError: The config or an option is invalid.
    """
    import hashlib
    import json

    from loco_mm.apis import load_config
    from loco_mm.engine.cli import read_options

    cfg = load_config(path, read_options(options))
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=str)
    return cfg, hashlib.sha256(text.encode()).hexdigest()


@cache
def config_at_hand(path: Path, *options: str) -> "Config":
    """Load the config of a run, and check that its data exist.

    Raises:
        NotAvailableError: Data are missing.
        InputError: The config or an option is invalid.
    """
    from mmengine.registry import init_default_scope

    from loco_mm.engine.fit import datasets_of
    from loco_mm.errors import InputError
    from loco_mm.registry import DATASETS, build_part, building, check_part

    cfg, _ = config_of(path, *options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    for place, dataset, _ in datasets_of(cfg):
        with building(place, dataset):
            check_part(DATASETS, dataset)
        try:
            build_part(DATASETS, dataset, place)
        except InputError as error:
            raise NotAvailableError(str(error)) from error
    return cfg


def start_of(load_from: str | None, folders: dict[str, Path]) -> list[str]:
    """Options of a run that starts from a checkpoint, which another row may have trained.

    Args:
        load_from: The config's ``load_from``; ``work_dirs/NAME/epoch_N.pth`` refers to the row
            called NAME.
        folders: Work dirs by the names of the rows.

    Raises:
        NotAvailableError: The checkpoint is missing.
    """
    if not load_from:
        return []
    named = Path(load_from)
    for path in (folders.get(named.parent.name, named.parent) / named.name, named):
        if path.is_file():
            return [f"load_from={path}"]
    raise NotAvailableError(f"checkpoint {load_from}: no such file")


def figures_of(
    row: "Row", seed: int, folders: dict[str, Path], options: list[str]
) -> dict[str, float]:
    """Train and test a row with a seed, or read the results of a finished run.

    Args:
        row: A row with a config.
        seed: The seed.
        folders: Work dirs for this seed by the names of the rows.
        options: ``key=value`` pairs for the config.

    Returns:
        dict: Test metrics by name, without the dataset's prefix, of the checkpoint that is best on
        validation; for multi-task models, those of the first task.

    Raises:
        NotAvailableError: The data or the checkpoint to start from are missing.
        InputError: A run failed (with its last message), or an earlier run used other options or
            another version of the config.
    """
    from loco_mm.errors import InputError
    from loco_mm.fileio import read_json, write_json

    folder = folders[row.name]
    done = folder / "figures.json"
    _, checksum = config_of(row.config, *options)
    if done.is_file():
        before = read_json(done, "figures")
        if before["options"] != options:
            raise InputError(
                f"{done}: the run had the options {' '.join(before['options']) or '(none)'}: use "
                "the same, or another --work-dir"
            )
        if before.get("config", checksum) != checksum:
            raise InputError(
                f"{done}: {row.config} has changed since the run: remove the folder, or use "
                "another --work-dir"
            )
        return before["figures"]
    load_from = config_at_hand(row.config, *options).get("load_from")
    given = [*options, *start_of(load_from, folders)]
    extra = ["--cfg-options", *given] if given else []
    resume = ["--resume"] if list(folder.glob("epoch_*.pth")) else []
    _run("train.py", row.config, "--work-dir", folder, "--seed", seed, *resume, *extra)
    chosen = list(folder.glob("best_*_epoch_*.pth"))
    if not chosen:
        raise InputError(
            f"{folder}: no checkpoint was selected, as validation never ran, or has no events: "
            "lower train_cfg.val_interval, or raise the epochs"
        )
    best = max(chosen, key=lambda path: path.stat().st_mtime)
    _run("test.py", row.config, best, "--work-dir", folder / "test", *extra)
    figures = first_figures(read_json(max((folder / "test").glob("*/*.json")), "figures"))
    content = dict(figures=figures, checkpoint=best.name, options=options, config=checksum)
    write_json(done, content)
    return figures


def first_figures(tested: dict[str, float]) -> dict[str, float]:
    """Metrics of the first dataset or task of a test, without its prefix."""
    first = next(key for key in tested if "/" in key).split("/")[0] + "/"
    return {key.removeprefix(first): tested[key] for key in tested if key.startswith(first)}


def attempt(
    row: "Row", rows: list["Row"], seeds: list[int], work: Path, options: list[str]
) -> "Outcome":
    """Train and test a row with each seed, if everything it needs is available.

    Args:
        row: A row with a config.
        rows: All rows of the table.
        seeds: One run per seed.
        work: Folder of the table.
        options: ``key=value`` pairs for all rows.
    """
    from loco_mm.apis.result_tables import Outcome
    from loco_mm.errors import InputError

    given = [*(f"{key}={value}" for key, value in row.options.items()), *options]
    figures = []
    try:
        for seed in seeds:
            folders = {each.name: work / each.name / f"seed{seed}" for each in rows}
            figures.append(figures_of(row, seed, folders, given))
    except NotAvailableError as error:
        return Outcome(reason=f"not available: {error}")
    except InputError as error:
        return Outcome(reason=f"failed: {error}", failed=True)
    return Outcome(figures)


def _run(tool: str, *arguments) -> None:
    """Run a tool, showing its output."""
    from loco_mm.errors import InputError

    command = [sys.executable, str(ROOT / "tools" / tool), *map(str, arguments)]
    process = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        raise InputError(lines[-1])


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.result_tables import Outcome, read_rows, table_text
    from loco_mm.errors import InputError
    from loco_mm.fileio import atomic_write
    from loco_mm.text import say

    rows = every = read_rows(args.table, ROOT)
    if args.only:
        unknown = set(args.only) - {row.name for row in rows}
        if unknown:
            raise InputError(
                f"--only: expected some of {', '.join(row.name for row in rows)}, got "
                f"{', '.join(sorted(unknown))}"
            )
        rows = [row for row in rows if row.name in args.only]
    work = Path(args.work_dir or f"work_dirs/table_{Path(args.table).stem}")
    outcomes = {row.name: Outcome(reason="no public code") for row in rows if row.config is None}
    for row in rows if not args.list else ():
        if row.config is None:
            continue
        outcomes[row.name] = attempt(row, every, args.seeds, work, args.cfg_options)
        if reason := outcomes[row.name].reason:
            say(f"{row.name}: {reason}")
        with atomic_write(work / "table.md") as file:
            file.write(table_text(rows, outcomes) + "\n")
    print(table_text(rows, outcomes))
    failed = [name for name, found in outcomes.items() if found.failed]
    if failed:
        raise InputError(f"{len(failed)} of {len(rows)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
