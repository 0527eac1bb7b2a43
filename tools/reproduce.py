#!/usr/bin/env python
"""Train and test every row of a table, and print the results next to the published ones.

The rows of the paper's tables and figures come from the metafiles of the configs (--table list
prints their names); a plan defines its own rows. With --data, small models are run on one of the
synthetic worlds instead. When run again, the tool skips finished runs and resumes interrupted ones.
It writes table_NAME.md, .csv and .png to the output folder.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loco_mm.apis.reproduction import Finished, Outcome, Run, Table

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", required=True, help="I to VIII, Fig. 4, list, or a plan file as in tools/plans"
    )
    parser.add_argument(
        "--data",
        default="unav100",
        help="short, minute or timelines for small models on a synthetic world (default: the data "
        "of the configs)",
    )
    parser.add_argument("--work-dir", help="output folder (default: a folder in work_dirs)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of the rows to run")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="one run per seed")
    parser.add_argument("--cfg-options", nargs="+", default=[], help="key=value pairs for all rows")
    parser.add_argument("--gpus", nargs="+", metavar="ID", help="GPUs; each has its own runs")
    parser.add_argument(
        "--jobs", type=int, default=1, help="number of runs at a time, on each GPU if there are any"
    )
    parser.add_argument(
        "--shard", metavar="K/N", help="only every N-th run, from the K-th; without a table"
    )
    parser.add_argument(
        "--any-commit", action="store_true", help="accept finished runs of other commits"
    )
    parser.add_argument("--list", action="store_true", help="print the table without running")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def read(args: argparse.Namespace) -> "Table":
    """The table, on the data that are asked for."""
    from loco_mm.apis.reproduction import check_world, read_table, rows_on_world, world_configs
    from loco_mm.errors import InputError

    table = read_table(args.table, ROOT)
    if args.data != "unav100":
        check_world(args.data)
        rows = rows_on_world(table.rows, args.data, world_configs(ROOT))
        table = table._replace(rows=rows)
    names = [row.name for row in table.rows]
    if args.only and (unknown := sorted(set(args.only) - set(names))):
        raise InputError(f"--only: expected some of {', '.join(names)}, got {', '.join(unknown)}")
    chosen = [row for row in table.rows if not args.only or row.name in args.only]
    return table._replace(rows=chosen)


def train(args: argparse.Namespace, table: "Table", work: Path) -> dict["Run", "Finished"]:
    from loco_mm.apis.reproduction import Run, execute, shard_of

    runs = [
        Run(row, seed, work, tuple(args.cfg_options), ROOT)
        for seed in args.seeds
        for row in table.rows
        if row.config is not None
    ]
    if args.shard:
        runs = shard_of(runs, args.shard)
    slots = [gpu for gpu in args.gpus or [""] for _ in range(args.jobs)]
    return execute(runs, slots, args.any_commit, Reporter(len(runs)))


class Reporter:
    """Prints one line after each run."""

    def __init__(self, total: int):
        self.done, self.total = 0, total

    def __call__(self, run, finished, remaining: float | None) -> None:
        from loco_mm.text import say

        self.done += 1
        figures = finished.record.figures if finished.record else {}
        shown = ", ".join(
            f"{name} {100 * figures[name]:.1f}" for name in ("mAP", "accuracy") if name in figures
        )
        left = f"; about {remaining / 60:.0f} min left" if remaining else ""
        say(f"[{self.done}/{self.total}] {run.name}: {finished.reason or shown}{left}")


def count(table: "Table") -> dict[str, "Outcome"]:
    """Costs of the rows of a table without trainings."""
    from loco_mm.apis import count_config, load_config
    from loco_mm.apis.reproduction import Outcome

    outcomes = {}
    for row in table.rows:
        total = count_config(load_config(row.config, row.options))[1]["total"]
        costs = {"GMACs": total.layer_macs / 1e9, "M Parameters": total.layer_params / 1e6}
        outcomes[row.name] = Outcome(costs=costs)
    return outcomes


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.reproduction import outcomes_of, paper_tables, table_text, write_results
    from loco_mm.errors import InputError

    if args.table == "list":
        for table in paper_tables(ROOT):
            print(f"{table.name:8s}{len(table.rows):3d} rows  {table.title}")
        return
    table = read(args)
    if args.list:
        print(table_text(table.rows, outcomes_of(table.rows, {})))
        return
    # The rows of the paper's tables have distinct names, and are shared by several tables.
    folder = (
        f"table_{table.name}/{args.data}" if Path(args.table).is_file() else f"tables/{args.data}"
    )
    work = Path(args.work_dir or f"work_dirs/{folder}")
    finished = train(args, table, work) if table.trained else {}
    outcomes = outcomes_of(table.rows, finished) if table.trained else count(table)
    if not args.shard:
        write_results(work, table, finished, outcomes)
        print(table_text(table.rows, outcomes))
    failed = [name for name, found in outcomes.items() if found.failed]
    if failed:
        raise InputError(f"{len(failed)} of {len(table.rows)} rows failed: {', '.join(failed)}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
