#!/usr/bin/env python
"""Plot and compare the logged values of one or more trainings.

Plots losses, LCF's tau and sigma, LAC's windows, and mAPs over iterations, with a curve for each
run, and prints a table with the last value of training and the best one of validation. A resumed
training is read as one.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="work dirs, or scalars.json files")
    parser.add_argument("--names", nargs="+", help="names of the runs (default: their paths)")
    parser.add_argument(
        "--keys",
        nargs="+",
        metavar="PATTERN",
        help="values to show, such as loss_cls or 'lac_*' (default: those named above)",
    )
    parser.add_argument("--out", metavar="FILE", help="PNG or SVG file for the plot")
    parser.add_argument("--title", default="", help="title of the plot")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.training_logs import DEFAULT_KEYS, read_training_log, training_summary
    from loco_mm.engine.cli import named
    from loco_mm.errors import InputError
    from loco_mm.text import say
    from loco_mm.visualization import check_figure, curve_figure, save_figure

    runs = named("runs", args.runs, args.names)
    if args.out is not None:
        check_figure(args.out)
    logs = {name: read_training_log(run) for name, run in runs.items()}
    patterns = args.keys or DEFAULT_KEYS
    curves = {name: log.chosen(patterns) for name, log in logs.items()}
    if not any(curves.values()):
        known = sorted({key for log in logs.values() for key in log.training | log.validation})
        raise InputError(f"--keys: expected some of {', '.join(known)}, got {' '.join(patterns)}")
    print(training_summary(logs, patterns))
    if args.out is not None:
        save_figure(args.out, curve_figure(args.title, curves))
        say(f"the plot is in {args.out}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
