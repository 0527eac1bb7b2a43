#!/usr/bin/env python
"""Print the events of a running video, each as soon as it cannot change any more.

SOURCE is a media file that may still grow (MPEG-TS, Matroska or fragmented MP4, or any complete
file), or - for standard input, such as a camera's stream from FFmpeg. The model is CONFIG
CHECKPOINT, or the folder of a published model. Each event is a line of JSON: video_id, segment in
seconds, label, score, and time, the seconds of the video that had been read.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="media file, or - for standard input")
    parser.add_argument("config", help="config, or folder of a published model")
    parser.add_argument("checkpoint", nargs="?", help="checkpoint file, or work dir of a training")
    parser.add_argument(
        "--windows",
        metavar="SIZE[:OVERLAP]",
        help="size of the windows in steps, and what two of them share (default: the sequences of "
        "the model's training, and half of it); smaller ones find events earlier, but worse",
    )
    parser.add_argument(
        "--score-thr", type=float, default=0.2, help="minimum score of an event (default: 0.2)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="time after which a file that does not grow is complete (default: 5)",
    )
    parser.add_argument(
        "--extractor", help="feature extractor (default: the one the model was trained with)"
    )
    parser.add_argument(
        "--options", nargs="+", action="extend", default=[], help="key=value pairs for --extractor"
    )
    parser.add_argument("--device", help="device of the models (default: a GPU if there is one)")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    import json
    import sys
    from contextlib import redirect_stdout

    from loco_mm.apis import AVEventInferencer
    from loco_mm.engine.cli import part_config, window_options
    from loco_mm.errors import InputError

    if args.options and not args.extractor:
        raise InputError("--options: expected --extractor, to which they apply, got none")
    with redirect_stdout(sys.stderr):  # only events on standard output
        inferencer = AVEventInferencer(
            args.config,
            args.checkpoint,
            part_config(args.extractor, args.options) if args.extractor else None,
            args.device,
            window_options(args.windows) if args.windows else "auto",
            show_progress=False,
            stream=True,
        )
    source = sys.stdin.buffer if args.source == "-" else args.source
    try:
        for event in inferencer(source, score_thr=args.score_thr, timeout=args.timeout):
            print(json.dumps(event._asdict()), flush=True)
    except KeyboardInterrupt:
        pass  # the usual end of a camera's stream


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
