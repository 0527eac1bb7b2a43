#!/usr/bin/env python
"""Write a synthetic world in the file format of a real dataset: annotations and features.

By default the format is UnAV-100's. --world writes one of the named worlds that results are
reported on: short (also written without options), minute, and timelines, which uses the events of
UnAV-100's annotation file and needs --annotations. Other options make custom worlds: with
--annotations the events come from a real file, and only features are synthetic. --layout ave and
vggsound-avel write videos with one label per second; with --ave, labels and splits come from AVE.
"""

import argparse

EVENT_LAYOUTS = ("onepeace", "i3d-vggish", "both")
SEGMENT_LAYOUTS = ("ave", "vggsound-avel")
# Options of custom worlds.
OWN = (
    *("num_videos", "widths", "full_width", "num_classes", "durations", "pace", "signal", "seed"),
    *("layout", "ave", "shuffle_train_labels"),
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder to write, such as data/unav100")
    parser.add_argument("--world", help="short, minute or timelines; takes no further options")
    parser.add_argument(
        "--layout",
        choices=[*EVENT_LAYOUTS, *SEGMENT_LAYOUTS],
        help="kind of features; onepeace by default, ave with --ave",
    )
    parser.add_argument(
        "--num-videos",
        type=int,
        nargs=3,
        metavar=("TRAIN", "VAL", "TEST"),
        help="number of videos per split",
    )
    width = parser.add_mutually_exclusive_group()
    width.add_argument("--widths", type=int, nargs=2, metavar=("VISUAL", "AUDIO"), help="channels")
    width.add_argument(
        "--full-width", action="store_true", help="as many channels as the real ones"
    )
    parser.add_argument("--annotations", help="annotation file to take the events from")
    parser.add_argument(
        "--ave",
        metavar="DIR",
        help="folder of AVE's labels and splits: Annotations.txt, *_order.h5",
    )
    add_world_options(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace another world in --out")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    args = parser.parse_args()
    check_options(parser, args)
    return args


def check_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    own = [name for name in OWN if is_set(getattr(args, name))]
    if args.world and own:
        parser.error(f"--{own[0].replace('_', '-')} does not go with --world {args.world}")
    if args.world not in (None, "timelines") and args.annotations:
        parser.error(f"--annotations does not go with --world {args.world}")
    if not own and not args.annotations:
        args.world = args.world or "short"
    args.layout = args.layout or ("ave" if args.ave else "onepeace")
    foreign = ("annotations", "durations", "pace", "shuffle_train_labels")
    if args.layout in EVENT_LAYOUTS:
        foreign = ("ave", "num_noisy", "cells")
    for name in foreign:
        if getattr(args, name):
            parser.error(f"--{name.replace('_', '-')} does not go with --layout {args.layout}")


def is_set(value) -> bool:
    return value is not None and value is not False


def add_world_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--num-noisy", type=int, help="videos without events, for layout ave")
    parser.add_argument(
        "--cells",
        type=int,
        help="height and width of the feature maps, in cells, of labelled segments (default: 7)",
    )
    parser.add_argument("--num-classes", type=int, help="number of classes of a custom world")
    parser.add_argument("--durations", type=float, nargs=2, metavar=("MIN", "MAX"), help="seconds")
    parser.add_argument(
        "--pace", type=float, help="speed of events relative to UnAV-100 (default: 1)"
    )
    parser.add_argument("--signal", type=float, help="strength of events relative to the noise")
    parser.add_argument("--seed", type=int, help="random seed")
    parser.add_argument("--shuffle-train-labels", action="store_true", help="make labels random")


def main(args: argparse.Namespace) -> None:
    from functools import partial

    from loco_mm.engine.progress import progress_bar
    from loco_mm.text import counted, say

    plan = event_plan(args) if args.layout in EVENT_LAYOUTS else segment_plan(args)
    watch = partial(progress_bar, description="writing")
    count = plan.write(args.out, overwrite=args.overwrite, progress=watch)
    if count:
        say(f"wrote {counted(count, 'file')} to {args.out}")
    else:
        say(f"{args.out} contains this world already")


def given(args: argparse.Namespace, *names: str) -> dict:
    """The options that are set."""
    return {name: getattr(args, name) for name in names if is_set(getattr(args, name))}


def event_plan(args: argparse.Namespace):
    from loco_mm.fileio import read_annotations
    from loco_mm.worlds.synthetic import make_plan

    if args.world:
        return make_plan(args.world, given(args, "annotations"))
    world = given(args, "num_classes", "durations", "pace", "signal", "seed")
    if args.annotations:
        world["num_classes"] = len(read_annotations(args.annotations).classes)
    layouts = ["onepeace", "i3d-vggish"] if args.layout == "both" else [args.layout]
    files = dict(
        layouts=layouts,
        annotations=args.annotations,
        shuffle_train_labels=args.shuffle_train_labels,
        **given(args, "num_videos"),
    )
    if args.widths or args.full_width:
        files["widths"] = args.widths
    return make_plan(world, files)


def segment_plan(args: argparse.Namespace):
    from loco_mm.worlds.synthetic import make_segment_plan

    files = dict(layout=args.layout, ave=args.ave)
    files |= given(args, "num_videos", "num_noisy", "widths", "cells")
    if args.full_width:
        files["widths"] = [512, 128]
    if args.ave and args.num_noisy is None:
        files["num_noisy"] = 178  # as in AVE
    return make_segment_plan(given(args, "num_classes", "signal", "seed"), files)


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
