#!/usr/bin/env python
"""Plot timelines of predictions in ActivityNet form next to annotations."""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", help="JSON file in ActivityNet form")
    parser.add_argument("annotations", help="JSON file in the UnAV-100 form")
    parser.add_argument("--subset", default="test", help="split to plot (default: test)")
    parser.add_argument("--num", type=int, default=4, help="number of videos")
    parser.add_argument("--video-ids", nargs="+", help="plot these videos instead")
    parser.add_argument("--score-thr", type=float, default=0.2, help="minimum score to plot")
    parser.add_argument("--out-dir", required=True, help="folder for the PNG files")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from loco_mm.errors import InputError
    from loco_mm.fileio import check_folder, check_output, read_annotations, read_predictions
    from loco_mm.structures import Events
    from loco_mm.text import file_name, say, warn
    from loco_mm.visualization import draw_timeline

    content = read_annotations(args.annotations)
    found = read_predictions(args.predictions, content)
    names = args.video_ids or _busiest(content, args.subset, args.num)
    check_folder(args.out_dir)
    paths = {name: Path(args.out_dir) / file_name("--video-ids", name, ".png") for name in names}
    for name, path in paths.items():
        if name not in content.videos:
            raise InputError(f"{args.annotations}: no video {name!r}: change --video-ids")
        check_output(path)
    for name, path in paths.items():
        video = content.videos[name]
        if name not in found:
            warn(f"{args.predictions} has no entry for video {name}: drawn without predictions")
        pred = found.get(name, Events.none())
        kept = pred.above(args.score_thr)
        draw_timeline(path, name, video.duration, video.events, kept, content.classes)
        say(str(path))


def _busiest(content, subset: str, count: int) -> list[str]:
    """Videos with the most events first; ties keep the order of the file."""
    videos = content.of_subset(subset)
    return sorted(videos, key=lambda name: -len(videos[name].events))[:count]


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
