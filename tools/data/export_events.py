#!/usr/bin/env python
"""Convert predictions or annotations to a format of another program.

IN can be in any of the formats, such as predictions.json of tools/test.py or an annotation file.
Audacity, vtt, srt and label-studio write a folder, the other formats a file.
"""

import argparse


def parse_args() -> argparse.Namespace:
    from loco_mm.exchange import FORMATS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", metavar="IN", help="predictions or annotations")
    parser.add_argument("out", metavar="OUT", help="file or folder to write")
    parser.add_argument("--to", required=True, choices=FORMATS, help="format of OUT")
    parser.add_argument("--format", choices=FORMATS, help="format of IN (default: by file name)")
    parser.add_argument("--score-thr", type=float, default=0.2, help="minimum score (default: 0.2)")
    parser.add_argument("--subset", help="of annotations, export only this split")
    parser.add_argument(
        "--media", metavar="DIR", help="folder of the videos, for formats that contain their paths"
    )
    parser.add_argument(
        "--media-prefix",
        default="",
        metavar="TEXT",
        help="prefix of media paths, such as https://host/videos/ or /data/local-files/?d=videos/",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from urllib.parse import quote

    from loco_mm.errors import InputError
    from loco_mm.exchange import FORMATS, EventTable, file_of, read_events
    from loco_mm.fileio import check_output, is_address, subset_name, video_files
    from loco_mm.text import counted, say

    table = read_events(args.events, args.format).above(args.score_thr)
    if args.subset is not None:
        wanted = subset_name(args.subset)
        chosen = {k: v for k, v in table.videos.items() if subset_name(v.subset or "") == wanted}
        if not chosen:
            raise InputError(f"{args.events}: no video of --subset {args.subset}")
        table = EventTable(chosen, table.classes)
    files = video_files(args.media, "--media") if args.media else {}
    for video_id, video in table.videos.items():
        if video_id in files:
            video.file = files[video_id].name
        if args.media_prefix:
            name = file_of(video_id, video)
            in_address = quote(name) if is_address(args.media_prefix) else name
            video.file = args.media_prefix + in_address
    if not FORMATS[args.to].is_folder:
        check_output(args.out)
    FORMATS[args.to].write(args.out, table)
    count = sum(len(video.events) for video in table.videos.values())
    say(f"wrote {counted(count, 'event')} of {counted(len(table.videos), 'video')} to {args.out}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
