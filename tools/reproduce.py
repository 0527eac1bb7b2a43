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
TABLES = ("I", "II")
# Columns by the names that metrics and metafiles have for a figure, in percent.
FIGURES = {f"mAP@{overlap}": f"mAP@{overlap}" for overlap in (0.5, 0.6, 0.7, 0.8, 0.9)}
FIGURES |= {"mAP": "mAP", "accuracy": "accuracy", "background_recall": "recall of background"}


class Row(NamedTuple):
    """A line of a table, and the config that is to fill it, if there is one."""

    name: str
    config: Path | None
    system: str
    dataset: str
    supervision: str = ""
    features: str = ""
    published: dict[str, float] = {}
    selected_on: str = ""
    options: dict[str, Any] = {}


class Reached(NamedTuple):
    """What became of a row: figures of each seed; or why there are none, and whether by a fault."""

    figures: list[dict[str, float]] = []
    reason: str = ""
    failed: bool = False


class NotAtHandError(Exception):
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


def rows_of(table: str) -> list[Row]:
    """The rows of a table.

    Raises:
        InputError: It is neither one of the paper's nor a plan.
    """
    if table in TABLES:
        return paper_rows(table)
    from pydantic import TypeAdapter

    from loco_mm.engine.config import read_file
    from loco_mm.errors import InputError
    from loco_mm.schema import conform
    from loco_mm.text import file_name

    if not Path(table).is_file():
        known = ", ".join(TABLES)
        raise InputError(f"--table: {table} found, {known} or the file of a plan expected")
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

    entries = []
    for path in mmengine.load(ROOT / "model-index.yml")["Import"]:
        file = mmengine.load(ROOT / path)
        entries += [(m["Name"], ROOT / m["Config"], m.get("Published")) for m in file["Models"]]
        for collection in file.get("Collections", ()):
            entries += [(collection["Name"], None, p) for p in collection.get("Published", ())]
    rows = [
        _told_row(name, config, told)
        for name, config, told in entries
        if told and told["Table"] == table
    ]
    first = min(_setting(row) for row in rows)
    rank = {row.system: _mean(row.published) for row in rows if _setting(row) == first}
    return sorted(rows, key=lambda row: (_setting(row), rank[row.system]))


def _told_row(name: str, config: Path | None, told: dict[str, Any]) -> Row:
    """A row of what a metafile says is published."""
    return Row(
        name,
        config,
        told["System"],
        told["Dataset"],
        told.get("Supervision", ""),
        told.get("Features", ""),
        {figure: told[key] for key in told for figure in FIGURES if key.lower() == figure.lower()},
        told.get("Selected On", ""),
    )


def _setting(row: Row) -> tuple[str, str, str]:
    return row.dataset, row.features, row.supervision


def _mean(figures: dict[str, float]) -> float:
    """The figure that sums a row up."""
    return figures["mAP" if "mAP" in figures else "accuracy"]


def start_of(config: Path, options: list[str], folders: dict[str, Path]) -> list[str]:
    """Options with which a run starts from what another row has trained, where its config says so.

    Args:
        config (Path): Its config; ``load_from`` names the other's config and the epoch, as
            ``work_dirs/CONFIG/epoch_7.pth`` does.
        options (list[str]): Its options.
        folders (dict[str, Path]): Where the rows are trained, by the names of their configs.

    Raises:
        InputError: The config or an option is bad.
    """
    from loco_mm.apis import load_config
    from loco_mm.engine.cli import read_options

    named = Path(load_config(str(config), read_options(options)).get("load_from") or "")
    start = folders.get(named.parent.name, named.parent) / named.name
    return [f"load_from={start}"] if start != named and start.is_file() else []


def check_at_hand(config: Path, options: list[str]) -> None:
    """Look for the data of a run, and for the checkpoint that it starts from.

    Raises:
        NotAtHandError: What is missing.
        InputError: A data loader is bad.
    """
    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config
    from loco_mm.engine.cli import read_options
    from loco_mm.errors import InputError
    from loco_mm.registry import DATASETS

    cfg = load_config(str(config), read_options(options))
    if cfg.get("load_from") and not Path(cfg.load_from).is_file():
        raise NotAtHandError(f"checkpoint {cfg.load_from}: no such file")
    init_default_scope(cfg.default_scope)
    for split in ("train", "val", "test"):
        try:
            DATASETS.build(cfg[f"{split}_dataloader"].dataset)
        except InputError as error:
            raise NotAtHandError(str(error)) from error


def reach(row: Row, seed: int, folder: Path, options: list[str]) -> dict[str, float]:
    """Train and test a row with a seed, or read what was found before.

    Returns:
        dict: Figures by name, without the data set's prefix, of the checkpoint that is best on
        validation; of several tasks, those of the first.

    Raises:
        NotAtHandError: The data are missing, or the checkpoint that it starts from.
        InputError: A run failed: what it said last; or it was run before with other options.
    """
    from loco_mm.errors import InputError
    from loco_mm.fileio import read_json, write_json

    done = folder / "figures.json"
    if done.is_file():
        before = read_json(done, "figures")
        if before["options"] != options:
            raise InputError(
                f"{done}: of a run with the options {' '.join(before['options']) or '(none)'}: "
                "give the same, or another --work-dir"
            )
        return before["figures"]
    check_at_hand(row.config, options)
    extra = ["--cfg-options", *options] if options else []
    resume = ["--resume"] if list(folder.glob("epoch_*.pth")) else []
    _run("train.py", row.config, "--work-dir", folder, "--seed", seed, *resume, *extra)
    chosen = list(folder.glob("best_*_epoch_*.pth"))
    if not chosen:
        raise InputError(
            f"{folder}: no checkpoint was selected, as validation never ran: lower "
            "train_cfg.val_interval, or raise the epochs"
        )
    best = max(chosen, key=lambda path: path.stat().st_mtime)
    _run("test.py", row.config, best, "--work-dir", folder / "test", *extra)
    tested = read_json(max((folder / "test").glob("*/*.json")), "figures")
    prefix = next(key for key in tested if "/" in key).split("/")[0] + "/"
    figures = {k.removeprefix(prefix): v for k, v in tested.items() if k.startswith(prefix)}
    write_json(done, dict(figures=figures, checkpoint=best.name, options=options))
    return figures


def attempt(row: Row, rows: list[Row], seeds: list[int], work: Path, options: list[str]) -> Reached:
    """Train and test a row with each seed, where what it needs is at hand."""
    from loco_mm.errors import InputError

    given = [*(f"{key}={value}" for key, value in row.options.items()), *options]
    figures = []
    try:
        for seed in seeds:
            folders = {r.config.stem: work / r.name / f"seed{seed}" for r in rows if r.config}
            start = start_of(row.config, given, folders)
            figures.append(reach(row, seed, work / row.name / f"seed{seed}", [*given, *start]))
    except NotAtHandError as error:
        return Reached(reason=f"not at hand: {error}")
    except InputError as error:
        return Reached(reason=f"failed: {error}", failed=True)
    return Reached(figures)


def _run(tool: str, *arguments) -> None:
    """Run a tool; what it prints goes to the user."""
    from loco_mm.errors import InputError

    command = [sys.executable, str(ROOT / "tools" / tool), *map(str, arguments)]
    process = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        raise InputError(lines[-1])


def shown(rows: list[Row], reached: dict[str, Reached]) -> str:
    """The table in Markdown: for each row what is published, and what was found."""
    from loco_mm.text import markdown

    lines: list[dict[str, str]] = []
    for row in rows:
        same = dict(system=row.system, data=row.dataset)
        same |= dict(features=row.features, supervision=row.supervision)
        found = [] if not row.published else [_published(row)]
        found += [_here(reached[row.name])] if row.name in reached else []
        lines += [same | line for line in found or [{}]]
    columns = ["system", "data", "features", "supervision", "figures", *FIGURES.values()]
    columns = [column for column in columns if any(line.get(column) for line in lines)]
    table = [columns, ["---"] * len(columns)]
    table += [[markdown(line.get(column, "")) for column in columns] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table)


def _published(row: Row) -> dict[str, str]:
    """The published line of a row."""
    source = f"published (selected on: {row.selected_on})" if row.selected_on else "published"
    return {"figures": source} | {FIGURES[key]: str(v) for key, v in row.published.items()}


def _here(reached: Reached) -> dict[str, str]:
    """The line of a row that was tried here."""
    if not reached.figures:
        return {"figures": reached.reason}
    source = f"here, selected on validation ({len(reached.figures)})"
    return {"figures": source} | {
        FIGURES[key]: _over_seeds(reached.figures, key) for key in FIGURES
    }


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

    rows = every = rows_of(args.table)
    if args.only:
        unknown = set(args.only) - {row.name for row in rows}
        if unknown:
            raise InputError(
                f"--only: {', '.join(sorted(unknown))} found, some of "
                f"{', '.join(row.name for row in rows)} expected"
            )
        rows = [row for row in rows if row.name in args.only]
    work = Path(args.work_dir or f"work_dirs/table_{Path(args.table).stem}")
    reached = {row.name: Reached(reason="no public code") for row in rows if row.config is None}
    for row in rows if not args.list else ():
        if row.config is None:
            continue
        reached[row.name] = attempt(row, every, args.seeds, work, args.cfg_options)
        with atomic_write(work / "table.md") as file:
            file.write(shown(rows, reached) + "\n")
    print(shown(rows, reached))
    failed = [name for name, found in reached.items() if found.failed]
    if failed:
        raise InputError(f"{len(failed)} of {len(rows)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
