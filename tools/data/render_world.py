#!/usr/bin/env python
"""Render short videos that one can watch: shapes that move, sounds that belong to them, and both
alone. Annotations are in UnAV-100's form: an event is where a shape and its own sound are there.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write, as data/rendered")
    parser.add_argument(
        "--num-videos",
        type=int,
        nargs=3,
        metavar=("TRAIN", "VAL", "TEST"),
        help="videos of each split",
    )
    parser.add_argument("--num-classes", type=int, help="classes")
    parser.add_argument("--durations", type=float, nargs=2, metavar=("MIN", "MAX"), help="seconds")
    parser.add_argument("--share", type=float, help="share of what happens that is an event")
    parser.add_argument("--seed", type=int, help="random seed")
    parser.add_argument("--overwrite", action="store_true", help="replace another world in --out")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from rich.progress import track

    from loco_mm.text import say
    from loco_mm.worlds.rendered import make_rendered_plan

    given = {name: value for name, value in vars(args).items() if value is not None}
    world = {n: given[n] for n in ("num_classes", "durations", "share", "seed") if n in given}
    files = {n: given[n] for n in ("num_videos",) if n in given}
    plan = make_rendered_plan(world, files)
    count = plan.write(args.out, overwrite=args.overwrite, progress=track)
    if count:
        say(f"wrote {count} files to {args.out}")
    else:
        say(f"{args.out} holds this world already")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
