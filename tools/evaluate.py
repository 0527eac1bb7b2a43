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
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main() -> None:
    from loco_mm.evaluation.files import evaluate_files

    args = parse_args()
    evaluate_files(args.predictions, args.annotations, args.subset, args.out, args.per_class)


if __name__ == "__main__":
    from loco_mm.engine.cli import run

    run(main)
