#!/usr/bin/env python
"""Analyze the errors of predictions in ActivityNet form.

Writes diagnosis.md (tables), diagnosis.png and diagnosis.json to the output folder, and prints the
main tables: which events are found, by length, coverage, overlap and events per video; which kinds
of false positives there are, and what each costs in mAP; and which classes are confused.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", help="JSON file in ActivityNet form")
    parser.add_argument("annotations", help="JSON file in the UnAV-100 form")
    parser.add_argument("--out-dir", required=True, help="output folder")
    parser.add_argument("--subset", default="test", help="split to analyze (default: test)")
    parser.add_argument(
        "--tiou",
        type=float,
        default=0.5,
        choices=[round(0.1 * tenth, 1) for tenth in range(1, 10)],
        help="threshold for kinds of errors, missed events and confusion (default: 0.5)",
    )
    parser.add_argument(
        "--lengths",
        nargs="+",
        type=float,
        default=[2, 5, 10, 30],
        metavar="SECONDS",
        help="upper ends of the groups of events by length (default: 2 5 10 30)",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from loco_mm.apis.diagnosis import diagnose
    from loco_mm.apis.diagnosis_text import diagnosis_text
    from loco_mm.fileio import check_folder, write_json, write_text
    from loco_mm.text import say
    from loco_mm.visualization import diagnosis_figure, save_figure

    out = Path(args.out_dir)
    check_folder(out)
    found = diagnose(args.predictions, args.annotations, args.subset, args.tiou, args.lengths)
    name, average = Path(args.predictions).name, 100 * found.average_mAP
    title = f"{name}: {found.num_events} events, average mAP {average:.2f} %"
    text = diagnosis_text(found)
    write_json(out / "diagnosis.json", found.as_dict())
    write_text(out / "diagnosis.md", text + "\n")
    save_figure(out / "diagnosis.png", diagnosis_figure(title, found.as_dict()))
    print(text)
    say(f"tables, figure and JSON are in {out}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
