#!/usr/bin/env python
"""Train and test every row of a table, and print its figures beside ours.

The rows of the paper's tables are those of the configs' metafiles; a plan gives its own. A run that
was stopped goes on where it stopped when the same command is given again; what is done is not done
twice.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Row(NamedTuple):
    """A line of a table, and the config that is to fill it, if there is one."""

    name: str
    config: Path | None
    system: str
    dataset: str
    supervision: str
    published: str = ""
    options: dict[str, Any] = {}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", required=True, help="II, of the paper; or a plan, as in tools/plans"
    )
    parser.add_argument("--work-dir", help="where all goes (default: work_dirs/table_<table>)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these rows, by their names")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="a run each (default: 0)")
    parser.add_argument("--cfg-options", nargs="+", default=[], help="key=value pairs, of all rows")
    parser.add_argument("--list", action="store_true", help="print the table without running")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def rows_of(table: str) -> list[Row]:
    """The rows of a table.

    Raises:
        InputError: It is neither one of the paper's nor a plan.
    """
    if table == "II":
        return paper_rows(table)
    from pydantic import TypeAdapter

    from loco_mm.engine.config import read_file
    from loco_mm.errors import InputError
    from loco_mm.schema import conform
    from loco_mm.text import file_name

    if not Path(table).is_file():
        raise InputError(f"--table: {table} found, II or the file of a plan expected")
    plan = read_file(table)[0].to_dict()
    rows = conform(
        TypeAdapter(list[Row]), plan.get("rows"), f"plan {table}", ("rows",), dotted=True
    )
    for number, row in enumerate(rows):
        file_name(f"plan {table}", row.name, what=f"rows.{number}.name")
    return [row._replace(config=row.config and ROOT / row.config) for row in rows]


def paper_rows(table: str) -> list[Row]:
    """The rows of one of the paper's tables, from the metafiles, system by system."""
    import mmengine

    found = []
    for path in mmengine.load(ROOT / "model-index.yml")["Import"]:
        file = mmengine.load(ROOT / path)
        entries = [(m["Name"], ROOT / m["Config"], m.get("Published")) for m in file["Models"]]
        for collection in file.get("Collections", ()):
            entries += [(collection["Name"], None, p) for p in collection.get("Published", ())]
        found += [entry for entry in entries if entry[-1] and entry[-1]["Table"] == table]
    first = ("AVE", "fully")
    on_ave = {
        told["System"]: told["Accuracy"]
        for *_, told in found
        if (told["Dataset"], told["Supervision"]) == first
    }
    rows = [
        Row(
            name,
            config,
            told["System"],
            told["Dataset"],
            told["Supervision"],
            f"{told['Accuracy']}, {told['Selected On']}",
        )
        for name, config, told in found
    ]
    return sorted(rows, key=lambda r: (r.dataset, r.supervision, on_ave[r.system]))


def reach(row: Row, seed: int, folder: Path, options: list[str]) -> dict[str, float]:
    """Train and test a row with a seed, or read what was found before.

    Returns:
        dict: Figures by name, without the data set's prefix, of the checkpoint that is best on
        validation.

    Raises:
        InputError: A run failed: what it said last; or it was run before with other options.
    """
    from loco_mm.errors import InputError
    from loco_mm.fileio import read_json, write_json

    done = folder / "figures.json"
    options = [*(f"{key}={value}" for key, value in row.options.items()), *options]
    if done.is_file():
        before = read_json(done, "figures")
        if before["options"] != options:
            raise InputError(
                f"{done}: of a run with the options {' '.join(before['options']) or '(none)'}: "
                "give the same, or another --work-dir"
            )
        return before["figures"]
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
    tested = read_json(max((folder / "test").glob("*/*.json")), "figures")
    figures = {key.split("/", 1)[1]: value for key, value in tested.items() if "/" in key}
    write_json(done, dict(figures=figures, checkpoint=best.name, options=options))
    return figures


def _run(tool: str, *arguments) -> None:
    """Run a tool; what it prints goes to the user."""
    from loco_mm.errors import InputError

    command = [sys.executable, str(ROOT / "tools" / tool), *map(str, arguments)]
    process = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        raise InputError(lines[-1])


def shown(rows: list[Row], reached: dict[str, list[dict[str, float]] | str]) -> str:
    """The table in Markdown."""
    from loco_mm.text import markdown

    lines = [
        "| system | data | supervision | published, selected on | here, selected on validation "
        "| recall of background |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        here = "no public code" if row.config is None else reached.get(row.name, "")
        recall = ""
        if isinstance(here, list):
            recall = _over_seeds(here, "background_recall")
            here = f"{_over_seeds(here, 'accuracy')} ({len(here)})"
        cells = (row.system, row.dataset, row.supervision, row.published, here, recall)
        lines.append(f"| {' | '.join(map(markdown, cells))} |")
    return "\n".join(lines)


def _over_seeds(runs: list[dict[str, float]], name: str) -> str:
    """Mean and standard deviation of a figure, in percent; nothing where a run has none."""
    values = [100 * run[name] for run in runs if name in run]
    if len(values) < len(runs):
        return ""
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def main(args: argparse.Namespace) -> None:
    from loco_mm.errors import InputError
    from loco_mm.fileio import atomic_write

    rows = rows_of(args.table)
    if args.only:
        unknown = set(args.only) - {row.name for row in rows}
        if unknown:
            raise InputError(
                f"--only: {', '.join(sorted(unknown))} found, some of "
                f"{', '.join(row.name for row in rows)} expected"
            )
        rows = [row for row in rows if row.name in args.only]
    reached: dict[str, list[dict[str, float]] | str] = {}
    work = Path(args.work_dir or f"work_dirs/table_{Path(args.table).stem}")
    for row in rows if not args.list else ():
        if row.config is None:
            continue
        try:
            folders = {seed: work / row.name / f"seed{seed}" for seed in args.seeds}
            reached[row.name] = [
                reach(row, seed, folder, args.cfg_options) for seed, folder in folders.items()
            ]
        except InputError as error:
            reached[row.name] = f"failed: {error}"
        with atomic_write(work / "table.md") as file:
            file.write(shown(rows, reached) + "\n")
    print(shown(rows, reached))
    failed = [name for name, found in reached.items() if isinstance(found, str)]
    if failed:
        raise InputError(f"{len(failed)} of {len(reached)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
