#!/usr/bin/env python
"""Render short videos of moving shapes and sounds: some belong together, others occur alone.

Annotations are in UnAV-100's form. An event is a shape together with the sound of its class. With
--content, shapes are real pictures, and sounds real recordings.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write, such as data/rendered")
    parser.add_argument(
        "--num-videos",
        type=int,
        nargs=3,
        metavar=("TRAIN", "VAL", "TEST"),
        help="number of videos per split",
    )
    parser.add_argument(
        "--content",
        metavar="DIR",
        help="pictures and recordings of the classes, as DIR/CLASS/*.png and *.ogg; or tuxpaint, "
        "for the animals of Debian's tuxpaint-stamps-default",
    )
    parser.add_argument("--num-classes", type=int, help="classes")
    parser.add_argument("--durations", type=float, nargs=2, metavar=("MIN", "MAX"), help="seconds")
    parser.add_argument("--share", type=float, help="fraction of occurrences that are events")
    parser.add_argument("--seed", type=int, help="random seed")
    parser.add_argument("--overwrite", action="store_true", help="replace another world in --out")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from functools import partial

    from loco_mm.engine.progress import progress_bar
    from loco_mm.text import counted, say
    from loco_mm.worlds.rendered import make_rendered_plan

    given = {name: value for name, value in vars(args).items() if value is not None}
    world = {n: given[n] for n in ("num_classes", "durations", "share", "seed") if n in given}
    files = {n: given[n] for n in ("num_videos",) if n in given}
    plan = make_rendered_plan(world, files, args.content)
    watch = partial(progress_bar, description="rendering")
    count = plan.write(args.out, overwrite=args.overwrite, progress=watch)
    if count:
        say(f"wrote {counted(count, 'file')} to {args.out}")
    else:
        say(f"{args.out} contains this world already")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
