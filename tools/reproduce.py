#!/usr/bin/env python
"""Train and test every row of one of the paper's tables, and print its figures beside ours.

The rows are those of the configs' metafiles. A run that was stopped goes on where it stopped when
the same command is given again; what is done is not done twice.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Row(NamedTuple):
    """A figure of a table, and the config that is to reach it, if there is one."""

    name: str
    config: Path | None
    system: str
    dataset: str
    supervision: str
    published: float
    selected_on: str


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", choices=["II"], required=True, help="the paper's table")
    parser.add_argument("--work-dir", help="where all goes (default: work_dirs/table_<table>)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these configs, by their names")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="a run each (default: 0)")
    parser.add_argument("--cfg-options", nargs="+", default=[], help="key=value pairs, of all rows")
    parser.add_argument("--list", action="store_true", help="print the table without running")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def rows_of(table: str) -> list[Row]:
    """The rows of a table, from the metafiles, system by system."""
    import mmengine

    found = []
    for path in mmengine.load(ROOT / "model-index.yml")["Import"]:
        file = mmengine.load(ROOT / path)
        entries = [(m["Name"], ROOT / m["Config"], m.get("Published")) for m in file["Models"]]
        for collection in file.get("Collections", ()):
            entries += [(collection["Name"], None, p) for p in collection.get("Published", ())]
        found += [
            Row(
                name,
                config,
                told["System"],
                told["Dataset"],
                told["Supervision"],
                told["Accuracy"],
                told["Selected On"],
            )
            for name, config, told in entries
            if told and told["Table"] == table
        ]
    first = ("AVE", "fully")
    on_ave = {r.system: r.published for r in found if (r.dataset, r.supervision) == first}
    return sorted(found, key=lambda r: (r.dataset, r.supervision, on_ave[r.system]))


def reach(row: Row, seed: int, folder: Path, options: list[str]) -> float:
    """Train and test a row with a seed, or read what was found before.

    Returns:
        float: Accuracy in percent, of the checkpoint that is best on validation.

    Raises:
        InputError: A run failed: what it said last; or it was run before with other options.
    """
    from loco_mm.errors import InputError
    from loco_mm.fileio import read_json, write_json

    done = folder / "accuracy.json"
    if done.is_file():
        before = read_json(done, "figures")
        if before["options"] != options:
            raise InputError(
                f"{done}: of a run with --cfg-options {' '.join(before['options']) or '(none)'}: "
                "give the same, or another --work-dir"
            )
        return before["accuracy"]
    extra = ["--cfg-options", *options] if options else []
    resume = ["--resume"] if list(folder.glob("epoch_*.pth")) else []
    _run("train.py", row.config, "--work-dir", folder, "--seed", seed, *resume, *extra)
    chosen = list(folder.glob("best_*accuracy_epoch_*.pth"))
    if not chosen:
        raise InputError(
            f"{folder}: no checkpoint was selected, as validation never ran: lower "
            "train_cfg.val_interval, or raise the epochs"
        )
    best = max(chosen, key=lambda path: path.stat().st_mtime)
    _run("test.py", row.config, best, "--work-dir", folder / "test", *extra)
    figures = read_json(max((folder / "test").glob("*/*.json")), "figures")
    accuracy = next(value for key, value in figures.items() if key.endswith("/accuracy"))
    write_json(done, dict(accuracy=accuracy, checkpoint=best.name, options=options))
    return accuracy


def _run(tool: str, *arguments) -> None:
    """Run a tool; what it prints goes to the user."""
    from loco_mm.errors import InputError

    command = [sys.executable, str(ROOT / "tools" / tool), *map(str, arguments)]
    process = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        raise InputError(lines[-1])


def shown(rows: list[Row], reached: dict[str, list[float] | str]) -> str:
    """The table in Markdown."""
    lines = [
        "| system | data | supervision | published, selected on | here, selected on validation |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        here = "no public code" if row.config is None else reached.get(row.name, "")
        if isinstance(here, list):
            spread = f" ± {statistics.stdev(here):.1f}" if len(here) > 1 else ""
            here = f"{statistics.mean(here):.1f}{spread} ({len(here)})"
        told = f"{row.published}, {row.selected_on}"
        lines.append(f"| {row.system} | {row.dataset} | {row.supervision} | {told} | {here} |")
    return "\n".join(lines)


def main() -> None:
    from loco_mm.errors import InputError
    from loco_mm.fileio import atomic_write
    from loco_mm.text import printable

    args = parse_args()
    rows = rows_of(args.table)
    if args.only:
        unknown = set(args.only) - {row.name for row in rows}
        if unknown:
            raise InputError(
                f"--only: {', '.join(sorted(unknown))} found, some of "
                f"{', '.join(row.name for row in rows)} expected"
            )
        rows = [row for row in rows if row.name in args.only]
    reached: dict[str, list[float] | str] = {}
    work = Path(args.work_dir or f"work_dirs/table_{args.table}")
    for row in rows if not args.list else ():
        if row.config is None:
            continue
        try:
            folders = {seed: work / row.name / f"seed{seed}" for seed in args.seeds}
            reached[row.name] = [
                reach(row, seed, folder, args.cfg_options) for seed, folder in folders.items()
            ]
        except InputError as error:
            reached[row.name] = f"failed: {printable(str(error))}"
        with atomic_write(work / "table.md") as file:
            file.write(shown(rows, reached) + "\n")
    print(shown(rows, reached))
    failed = [name for name, found in reached.items() if isinstance(found, str)]
    if failed:
        raise InputError(f"{len(failed)} of {len(reached)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    from loco_mm.engine.cli import run

    run(main)
