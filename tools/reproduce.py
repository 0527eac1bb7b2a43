#!/usr/bin/env python
"""Train and test every row of a table, and print its figures beside ours.

The rows of the paper's tables are those of the configs' metafiles; a plan gives its own. A run that
was stopped goes on where it stopped when the same command is given again; what is done is not done
twice.
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
    """What a row needs is not there."""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", required=True, help="I or II, of the paper; or a plan, as in tools/plans"
    )
    parser.add_argument("--work-dir", help="where all goes (default: work_dirs/table_<table>)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these rows, by their names")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="a run each (default: 0)")
    parser.add_argument("--cfg-options", nargs="+", default=[], help="key=value pairs, of all rows")
    parser.add_argument("--list", action="store_true", help="print the table without running")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


@cache
def config_of(path: Path, *options: str) -> tuple["Config", str]:
    """A config with some options, and a checksum of all that it says; seeds share it.

    Raises:
        InputError: The config or an option is bad.
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
    """The config of a run, once its data have been found.

    Raises:
        NotAvailableError: Data are missing.
        InputError: The config or an option is bad.
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
    """Options of a run that starts from a checkpoint: what another row has trained, if it has.

    Args:
        load_from: The config's; where it starts from another row,
            ``work_dirs/NAME/epoch_N.pth`` with that row's name.
        folders: Where rows are trained, by their names.

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
    """Train and test a row with a seed, or read what was found before.

    Args:
        row: The row, which has a config.
        seed: The seed.
        folders: Where rows are trained with it, by their names.
        options: ``key=value`` for the config.

    Returns:
        dict: Figures by name, without the dataset's prefix, of the checkpoint that is best on
        validation; of several tasks, those of the first.

    Raises:
        NotAvailableError: The data are missing, or the checkpoint that it starts from.
        InputError: A run failed: what it said last; or it was run before with other options, or
            when its config was another.
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
                f"{done}: of a run with the options {' '.join(before['options']) or '(none)'}: "
                "give the same, or another --work-dir"
            )
        if before.get("config", checksum) != checksum:
            raise InputError(
                f"{done}: {row.config} was another then: remove the folder, or give another "
                "--work-dir"
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
    """The first dataset's or task's figures of a test, without its name."""
    first = next(key for key in tested if "/" in key).split("/")[0] + "/"
    return {key.removeprefix(first): tested[key] for key in tested if key.startswith(first)}


def attempt(
    row: "Row", rows: list["Row"], seeds: list[int], work: Path, options: list[str]
) -> "Outcome":
    """Train and test a row with each seed, where what it needs is at hand.

    Args:
        row: The row, which has a config.
        rows: All rows of the table.
        seeds: A run each.
        work: Folder of the table.
        options: ``key=value`` for all rows.
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
        return Outcome(reason=f"not at hand: {error}")
    except InputError as error:
        return Outcome(reason=f"failed: {error}", failed=True)
    return Outcome(figures)


def _run(tool: str, *arguments) -> None:
    """Run a tool; what it prints goes to the user."""
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
    reached = {row.name: Outcome(reason="no public code") for row in rows if row.config is None}
    for row in rows if not args.list else ():
        if row.config is None:
            continue
        reached[row.name] = attempt(row, every, args.seeds, work, args.cfg_options)
        if reason := reached[row.name].reason:
            say(f"{row.name}: {reason}")
        with atomic_write(work / "table.md") as file:
            file.write(table_text(rows, reached) + "\n")
    print(table_text(rows, reached))
    failed = [name for name, found in reached.items() if found.failed]
    if failed:
        raise InputError(f"{len(failed)} of {len(rows)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
