#!/usr/bin/env python
"""Draw the target windows of each attention head over time and level, beside a video's events.

For each layer and head, also prints how far the windows are from the fixed ones on average.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("checkpoint", help="checkpoint file, or work dir of a training")
    parser.add_argument("--out-dir", required=True, help="output folder")
    parser.add_argument(
        "--num", type=int, default=1, help="number of drawn videos, most events first"
    )
    parser.add_argument(
        "--video-ids",
        nargs="+",
        action="extend",
        metavar="ID",
        help="draw these videos instead; for an id that begins with '-': --video-ids=ID",
    )
    parser.add_argument("--device", default="cpu", help="device of the model (default: cpu)")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def panel_and_name(layer: str, stride: int) -> tuple[str, str]:
    """Column and row of a layer, from its name in the model."""
    import re

    panel, _, _ = re.sub(r"\.attention$", "", layer).rpartition(".")
    return panel or layer, f"stride {stride}"


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from loco_mm.apis import init_model, load_config
    from loco_mm.apis.inspection import SplitVideos, target_windows
    from loco_mm.engine.cli import read_options
    from loco_mm.fileio import check_folder, write_json
    from loco_mm.text import file_name, markdown_table, say
    from loco_mm.visualization import WindowLayer, save_figure, window_figure

    check_folder(args.out_dir)
    cfg = load_config(args.config, read_options(args.cfg_options))
    model, split = init_model(cfg, args.checkpoint, args.device), SplitVideos(cfg)
    for video_id in split.chosen(args.video_ids, args.num):
        path = Path(args.out_dir) / file_name("--video-ids", video_id, ".png")
        sample = split.sample(video_id)
        found = target_windows(model, sample)
        layers = [
            WindowLayer(*panel_and_name(x.layer, x.stride), x.fixed, x.targets) for x in found
        ]
        classes = split.classes(video_id)
        figure = window_figure(video_id, sample.duration, sample.annotated, classes, layers)
        save_figure(path, figure)
        write_json(path.with_suffix(".json"), {x.layer: x.as_dict() for x in found})
        say(str(path))
        rows = [
            [x.layer, str(head), f"{offset:+.2f}", f"{scale:.2f}"]
            for x in found
            for head, (offset, scale) in enumerate(zip(x.offsets, x.scales, strict=True))
        ]
        head = ["layer", "head", "mean offset (s)", "length / fixed length"]
        print(markdown_table(head, rows))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
