#!/usr/bin/env python
"""Draw the events that several models predict below the ground truth, one file per video.

Source: LoCo, Fig. 6.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotations", help="JSON file in the UnAV-100 form")
    parser.add_argument("predictions", nargs="+", help="JSON files in ActivityNet form")
    parser.add_argument("--names", nargs="+", help="names of the models (default: the files)")
    parser.add_argument("--subset", default="test", help="split to draw (default: test)")
    parser.add_argument("--num", type=int, default=4, help="number of videos, most events first")
    parser.add_argument(
        "--video-ids",
        nargs="+",
        action="extend",
        metavar="ID",
        help="draw these videos instead; for an id that begins with '-': --video-ids=ID",
    )
    parser.add_argument("--score-thr", type=float, default=0.2, help="minimum score to draw")
    parser.add_argument("--out-dir", required=True, help="folder for the PNG files")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.timelines import draw_timelines
    from loco_mm.engine.cli import named
    from loco_mm.text import say

    files = named("predictions", args.predictions, args.names)
    for path in draw_timelines(
        args.annotations,
        files,
        args.out_dir,
        args.subset,
        args.num,
        args.video_ids,
        args.score_thr,
    ):
        say(str(path))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
