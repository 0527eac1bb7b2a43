#!/usr/bin/env python
"""Make an HTML page that shows predictions in ActivityNet form next to annotations.

It has a tab with an error analysis, as of tools/analysis/diagnose.py.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", help="JSON file in ActivityNet form")
    parser.add_argument("annotations", help="JSON file in the UnAV-100 form")
    parser.add_argument("--out", required=True, help="HTML file to write")
    parser.add_argument("--subset", default="test", help="split to show (default: test)")
    parser.add_argument(
        "--video-ids",
        nargs="+",
        action="extend",
        metavar="ID",
        help="show these videos instead; for an id that begins with '-': --video-ids=ID",
    )
    parser.add_argument("--media", help="folder of the videos to embed in the page")
    parser.add_argument("--score-thr", type=float, default=0.2, help="initial minimum score")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def names_of(args: argparse.Namespace, content) -> list[str]:
    """The videos to show."""
    from loco_mm.errors import InputError

    names = args.video_ids or list(content.of_subset(args.subset))
    if unknown := [name for name in names if name not in content.videos]:
        raise InputError(f"{args.annotations}: no video {unknown[0]!r}: change --video-ids")
    if not names:
        raise InputError(f"{args.annotations}: no video of subset {args.subset}: change --subset")
    return names


def videos_of(args: argparse.Namespace, content) -> list:
    """The videos with their predictions, annotations and media files."""
    from loco_mm.apis.evaluation import warn_of_absent
    from loco_mm.fileio import check_output, read_predictions, video_files
    from loco_mm.media import probe
    from loco_mm.structures import Events
    from loco_mm.visualization import PageVideo

    found, names = read_predictions(args.predictions, content), names_of(args, content)
    if not args.video_ids:
        warn_of_absent(args.predictions, found, names, args.subset)
    check_output(args.out)
    files = video_files(args.media, "--media") if args.media else {}
    return [
        PageVideo(
            name,
            content.videos[name].duration,
            found.get(name, Events.none()),
            content.videos[name].events,
            probe(files[name]) if name in files else None,
            subset=content.videos[name].subset,
        )
        for name in names
    ]


def main(args: argparse.Namespace) -> None:
    from pathlib import Path

    from loco_mm.apis.pages import diagnose_page
    from loco_mm.engine.progress import progress_bar
    from loco_mm.fileio import read_annotations
    from loco_mm.text import counted, say
    from loco_mm.visualization import write_page

    content = read_annotations(args.annotations)
    videos = videos_of(args, content)
    left_out = write_page(
        args.out,
        Path(args.predictions).stem,
        videos,
        content.classes,
        args.score_thr,
        progress=lambda videos: progress_bar(list(videos), "drawing"),
        diagnosis=diagnose_page(videos, content.classes),
    )
    if left_out:
        few = counted(len(left_out), "video")
        print(f"the page only has the timelines of {few}, for lack of space")
    say(f"wrote {counted(len(videos), 'video')} to {args.out}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
