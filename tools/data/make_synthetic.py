#!/usr/bin/env python
"""Write a synthetic world in UnAV-100's file format: annotations and features.

With --annotations the events of a real file are taken, and only features are made up.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write, as data/unav100")
    parser.add_argument("--layout", choices=["onepeace", "i3d-vggish", "both"], default="onepeace")
    parser.add_argument(
        "--num-videos",
        type=int,
        nargs=3,
        metavar=("TRAIN", "VAL", "TEST"),
        help="videos of each split",
    )
    width = parser.add_mutually_exclusive_group()
    width.add_argument("--widths", type=int, nargs=2, metavar=("VISUAL", "AUDIO"), help="channels")
    width.add_argument("--full-width", action="store_true", help="channels of the real features")
    parser.add_argument("--annotations", help="take the events of this annotation file")
    parser.add_argument("--num-classes", type=int, help="classes of a made-up world")
    parser.add_argument("--durations", type=float, nargs=2, metavar=("MIN", "MAX"), help="seconds")
    parser.add_argument("--signal", type=float, help="strength of the events, in noise")
    parser.add_argument("--seed", type=int, help="random seed")
    parser.add_argument("--shuffle-train-labels", action="store_true", help="nothing to learn")
    parser.add_argument("--overwrite", action="store_true", help="replace another world in --out")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main() -> None:
    from rich.progress import track

    from loco_mm.datasets.synthetic import make_plan
    from loco_mm.fileio import read_annotations
    from loco_mm.text import printable

    args = parse_args()
    names = ("num_classes", "durations", "signal", "seed")
    world = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.annotations:
        world["num_classes"] = len(read_annotations(args.annotations).classes)
    layouts = ["onepeace", "i3d-vggish"] if args.layout == "both" else [args.layout]
    files = dict(
        layouts=layouts,
        annotations=args.annotations,
        shuffle_train_labels=args.shuffle_train_labels,
    )
    if args.num_videos:
        files["num_videos"] = args.num_videos
    if args.widths or args.full_width:
        files["widths"] = args.widths
    plan = make_plan(world, files)
    count = plan.write(args.out, overwrite=args.overwrite, progress=track)
    if count:
        print(f"wrote {sum(plan.num_videos)} videos ({count} files) to {printable(args.out)}")
    else:
        print(f"{printable(args.out)} holds this world already")


if __name__ == "__main__":
    from loco_mm.engine.cli import run

    run(main)
