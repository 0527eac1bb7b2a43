#!/usr/bin/env python
"""Create a custom dataset from a table of events: an annotation file, and a config for training.

Supported formats are CSV (columns video_id, start, end, label), VIA CSV, Audacity labels,
ActivityNet JSON, WebVTT, SRT, DCASE TSV, Label Studio JSON and FiftyOne JSON. Durations are read
from extracted features, from the media files in --videos, or from a column.
"""

import argparse
from pathlib import Path

BASE = Path(__file__).resolve().parents[2] / "configs" / "loco_rendered.py"


def parse_args() -> argparse.Namespace:
    from loco_mm.exchange import FORMATS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", metavar="EVENTS", help="a file, or a folder with one per video")
    parser.add_argument("--out", required=True, help="folder of the dataset, such as data/mine")
    parser.add_argument("--videos", help="folder of the media files")
    parser.add_argument(
        "--format", choices=FORMATS, help="format of EVENTS (default: by file name)"
    )
    parser.add_argument(
        "--split",
        type=float,
        nargs=3,
        default=(0.7, 0.15, 0.15),
        metavar=("TRAIN", "VAL", "TEST"),
        help="fractions of train, val and test if EVENTS has no splits (default: 0.7 0.15 0.15)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed of the split")
    parser.add_argument("--classes", help="text file with class names, in the order of the labels")
    parser.add_argument(
        "--clip", action="store_true", help="clip events that end after their video"
    )
    parser.add_argument("--base", default=BASE, help="config to inherit from")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis import import_annotations
    from loco_mm.engine.progress import progress_bar
    from loco_mm.exchange import Split
    from loco_mm.text import counted, say

    made = import_annotations(
        args.events,
        args.out,
        args.base,
        videos=args.videos,
        kind=args.format,
        split=Split(tuple(args.split), args.seed),
        classes=args.classes,
        clip=args.clip,
        progress=lambda videos: progress_bar(videos, "reading lengths"),
    )
    for remark in made.content.remarks:
        say(f"warning: {remark}")
    counts = ", ".join(f"{n} {subset}" for subset, n in made.content.num_videos().items())
    classes = counted(len(made.content.classes), "class")
    say(f"wrote videos ({counts}) and {classes} to {made.annotations}")
    say(f"config {made.config} " + ("written" if made.is_new_config else "exists: not changed"))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
