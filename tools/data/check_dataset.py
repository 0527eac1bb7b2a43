#!/usr/bin/env python
"""Check all annotations and features of a config's datasets, and print every problem found.

The exit status is 0 without problems, 1 with warnings only, and 2 with errors, which would stop
training or make it learn from wrong data.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", metavar="CONFIG", help="config with the datasets to check")
    parser.add_argument(
        "--out", metavar="FILE", help="also write the full report to this JSON file"
    )
    parser.add_argument(
        "--per-class", action="store_true", help="print the number of events by class"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="key=value pairs",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis import check_dataset
    from loco_mm.engine.cli import read_options
    from loco_mm.engine.progress import progress_bar
    from loco_mm.fileio import check_output, write_json

    if args.out is not None:
        check_output(args.out, inputs=[args.config])
    report = check_dataset(
        args.config,
        read_options(args.cfg_options),
        lambda videos, name: progress_bar(videos, f"reading {name}", transient=True),
    )
    print(report.table(args.per_class))
    if args.out is not None:
        write_json(args.out, report.to_json())
    raise SystemExit(report.exit_status)


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
