#!/usr/bin/env python
"""Localize the events of videos; write them as JSON and CSV, timelines and an HTML page.

The model is CONFIG CHECKPOINT, or the folder of a published model. With --heard, no model is
needed: events are those that YAMNet hears. The tool continues after a bad file, lists all errors at
the end, and exits with status 1.
"""

import argparse
import os
import sys

HEARD = "Heard events: from the sound alone, not checked against the picture, without training"


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        usage="%(prog)s VIDEO [VIDEO ...] (CONFIG CHECKPOINT | FOLDER | --heard) --out DIR "
        "[options]",
    )
    parser.add_argument("inputs", nargs="+", metavar="VIDEO ... MODEL", help=argparse.SUPPRESS)
    parser.add_argument("--out", required=True, help="folder of the results")
    parser.add_argument(
        "--heard",
        action="store_true",
        help="predict events from the sound alone, without a model: those of UnAV-100's classes "
        "that a network trained on AudioSet can hear",
    )
    parser.add_argument(
        "--audioset", action="store_true", help="with --heard: all 521 classes of AudioSet"
    )
    parser.add_argument("--annotations", help="JSON file of ground truth to show as well")
    parser.add_argument("--subset", help="process only videos in this split of --annotations")
    parser.add_argument(
        "--score-thr",
        type=float,
        default=0.2,
        help="minimum score in CSV and timelines, and initially on the page (default: 0.2)",
    )
    add_model_options(parser)
    parser.add_argument("--device", help="device of the models (default: a GPU if there is one)")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    # Names of videos may begin with '-', as YouTube's do.
    given = [f"./{x}" if x[:1] == "-" and os.path.isfile(x) else x for x in sys.argv[1:]]
    return parser.parse_args(given)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--extractor", help="feature extractor (default: the one the model was trained with)"
    )
    parser.add_argument(
        "--options", nargs="+", action="extend", default=[], help="key=value pairs for --extractor"
    )
    parser.add_argument(
        "--packages",
        nargs="+",
        default=[],
        metavar="MODULE",
        help="modules to import that register parts of a published model",
    )
    parser.add_argument(
        "--whole", action="store_true", help="predict long videos whole, without sliding windows"
    )
    parser.add_argument(
        "--classes",
        nargs=2,
        metavar=("NAMES", "EMBEDDINGS"),
        help="classes to find instead, with a model that compares with class names: a text file "
        "with one name per line, and its embeddings by tools/data/embed_classes.py",
    )


def model_of(inputs: list[str]) -> tuple[list[str], str, str | None]:
    """Split the arguments into videos, config or folder, and checkpoint."""
    from pathlib import Path

    from loco_mm.errors import InputError

    # A folder after a config is a work dir, whose best checkpoint is used.
    *_, before, last = "", *inputs
    has_config = Path(before).suffix in (".py", ".json", ".yaml", ".yml")
    count = 1 if Path(last).is_dir() and not has_config else 2
    if len(inputs) <= count:
        raise InputError(
            "expected VIDEO ... CONFIG CHECKPOINT, or VIDEO ... and the folder of a published "
            f"model, got {inputs}"
        )
    return inputs[:-count], inputs[-count], inputs[-1] if count == 2 else None


def of_subset(videos: list[str], truth, subset: str) -> list[str]:
    """The videos of a split."""
    from loco_mm.errors import InputError
    from loco_mm.fileio import id_of_path
    from loco_mm.text import counted

    if truth is None:
        raise InputError("--subset: expected --annotations with the splits, got none")
    known = truth.of_subset(subset)
    found = [path for path in videos if id_of_path(path) in known]
    if not found:
        raise InputError(
            f"--subset {subset}: none of {counted(len(videos), 'video')} is in that split"
        )
    return found


def inferencer_of(args: argparse.Namespace, config: str, checkpoint: str | None):
    """Build the inferencer."""
    from loco_mm.apis import AVEventInferencer
    from loco_mm.engine.cli import part_config
    from loco_mm.errors import InputError
    from loco_mm.fileio import class_names

    if args.options and not args.extractor:
        raise InputError("--options: expected --extractor, to which they apply, got none")
    inferencer = AVEventInferencer(
        config,
        checkpoint,
        part_config(args.extractor, args.options) if args.extractor else None,
        args.device,
        None if args.whole else "auto",
        show_progress=False,
        packages=args.packages,
    )
    if args.classes:
        names, embeddings = args.classes
        inferencer.set_classes(class_names(names, "--classes"), embeddings)
    return inferencer


def detector_of(args: argparse.Namespace):
    """Videos, a function that detects the events of one, class names, and a title."""
    from functools import partial
    from pathlib import Path

    from mmengine.device import get_device

    from loco_mm.apis import HeardEvents
    from loco_mm.apis.detection import detect_by_model
    from loco_mm.errors import InputError

    if not args.heard:
        if args.audioset:
            raise InputError("--audioset: expected --heard, to which it applies, got a model")
        videos, config, checkpoint = model_of(args.inputs)
        inferencer = inferencer_of(args, config, checkpoint)
        detect = partial(detect_by_model, inferencer)
        return videos, detect, inferencer.names, f"Events by {Path(config).stem}"
    given = [name for name in ("extractor", "options", "classes", "whole") if getattr(args, name)]
    if given:
        raise InputError(f"--{given[0]}: expected a model, to which it applies, got --heard")
    classes = "audioset" if args.audioset else "unav100"
    heard = HeardEvents(classes, device=args.device or get_device())
    return args.inputs, heard.detect, heard.names, HEARD


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.detection import (
        check_outputs,
        detect_files,
        score_summary,
        write_detection,
    )
    from loco_mm.engine.cli import finish
    from loco_mm.engine.progress import progress_bar
    from loco_mm.fileio import read_annotations
    from loco_mm.text import counted, say

    truth = read_annotations(args.annotations) if args.annotations else None
    check_outputs(args.out)
    videos, detect, names, title = detector_of(args)
    if args.subset is not None:
        videos = of_subset(videos, truth, args.subset)
    result = detect_files(detect, videos, lambda paths: progress_bar(paths, "detecting"))
    for video in result.found.values():
        for remark in video.media.remarks():
            say(f"warning: {remark}")
    left_out = write_detection(
        args.out,
        result.found,
        names,
        args.score_thr,
        truth,
        title,
        lambda videos: progress_bar(list(videos), "drawing"),
    )
    if left_out:
        few = counted(len(left_out), "video")
        print(f"the page only has the timelines of {few}, for lack of space")
    say(score_summary(result.found.values(), args.score_thr))
    finish(
        f"events of {counted(len(result.found), 'video')} are in {args.out}/events.html",
        result.failed,
    )


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
