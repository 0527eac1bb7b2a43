#!/usr/bin/env python
"""Print statistics of a named synthetic world: its events, the information in a single time step,
and the mAP of detectors that know how the world was made. Nothing is trained or written."""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", metavar="WORLD", help="short, minute or timelines")
    parser.add_argument("--annotations", metavar="FILE", help="UnAV-100's file, for timelines")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.world_report import describe_world
    from loco_mm.engine.progress import progress_bar
    from loco_mm.worlds.synthetic import make_plan

    files = {} if args.annotations is None else {"annotations": args.annotations}
    print(
        describe_world(
            make_plan(args.world, files),
            lambda videos: progress_bar(videos, "making videos", transient=True),
        )
    )


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
