#!/usr/bin/env python
"""Evaluate predictions in ActivityNet form against an annotation file."""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", help="JSON file in ActivityNet form")
    parser.add_argument("annotations", help="JSON file in the UnAV-100 form")
    parser.add_argument("--subset", default="test", help="split to evaluate (default: test)")
    parser.add_argument("--out", help="write the figures (fractions) to this JSON file")
    parser.add_argument("--per-class", action="store_true", help="print the AP of every class")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis import evaluate_files
    from loco_mm.evaluation import format_table
    from loco_mm.fileio import check_output, write_json
    from loco_mm.text import counted, say

    if args.out is not None:
        check_output(args.out, inputs=[args.predictions, args.annotations])
    found = evaluate_files(args.predictions, args.annotations, args.subset)
    figures = found.figures
    print(
        f"{counted(found.num_videos, 'video')}, {counted(found.num_events, 'event')}, "
        f"{counted(found.num_predictions, 'prediction')}"
    )
    if found.num_left_out:
        print(f"ignored {counted(found.num_left_out, 'prediction')} of other splits")
    print(format_table(figures))
    if args.per_class:
        for label, ap in zip(figures.classes, figures.ap, strict=True):
            say(f"{100 * ap.mean():8.2f}  {found.class_names[label]}")
    if args.out is not None:
        fractions = dict(
            tiou=figures.tiou.tolist(),
            mAP=figures.mAP.tolist(),
            average_mAP=figures.average_mAP,
        )
        write_json(args.out, fractions)


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
