#!/usr/bin/env python
"""Draw samples of a config's dataset as the model gets them, after the pipeline.

Each figure shows the annotated events of the whole video, those of the sample in steps of its
features, and the features of both modalities.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("--out-dir", required=True, help="folder for the PNG files")
    parser.add_argument(
        "--phase", default="train", choices=["train", "val", "test"], help="dataset to draw"
    )
    parser.add_argument("--num", type=int, default=4, help="number of videos, most events first")
    parser.add_argument(
        "--video-ids",
        nargs="+",
        action="extend",
        metavar="ID",
        help="draw these videos instead; for an id that begins with '-': --video-ids=ID",
    )
    parser.add_argument(
        "--epochs",
        nargs="+",
        type=int,
        default=[0],
        help="draw the samples of these epochs, which differ by random crops (default: 0)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the training (default: 0)")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config
    from loco_mm.apis.inspection import SplitVideos
    from loco_mm.engine.cli import read_options
    from loco_mm.fileio import check_folder
    from loco_mm.text import file_name, say
    from loco_mm.visualization import sample_figure, save_figure

    check_folder(args.out_dir)
    init_default_scope("mmaction")
    split = SplitVideos(load_config(args.config, read_options(args.cfg_options)), args.phase)
    for video_id in split.chosen(args.video_ids, args.num):
        for epoch in args.epochs:
            split.set_randomness(args.seed, epoch)
            name = f"{video_id}_epoch{epoch}" if len(args.epochs) > 1 else video_id
            path = Path(args.out_dir) / file_name("--video-ids", name, ".png")
            sample = split.sample(video_id)
            classes = split.classes(video_id)
            shown = (sample.features, sample.events, sample.annotated, sample.duration)
            figure = sample_figure(video_id, *shown, classes)
            save_figure(path, figure)
            say(str(path))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
