#!/usr/bin/env python
"""Extract visual and audio features of media files to the place where datasets read them.

Features are written to the folder av_features in --out, named after the media file without its
extension. When run again, the tool skips files that are done. It continues after a bad file, lists
all errors at the end, and exits with status 1.
"""

import argparse
import os
import re
import sys


def add_cluster_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cluster",
        choices=["slurm", "local"],
        help="extract in Slurm jobs, or in processes that are started again if they are killed",
    )
    parser.add_argument("--jobs", type=int, default=8, help="jobs of --cluster (default: 8)")
    parser.add_argument(
        "--cluster-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="options of submitit, such as slurm_partition=gpu gpus_per_node=1 timeout_min=600",
    )


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", metavar="VIDEO", help="media files")
    parser.add_argument("--videos-from", metavar="FILE", help="text file with one path per line")
    parser.add_argument(
        "--extractor",
        metavar="NAME",
        help="feature extractor (default: pretrained if its weights are installed, else spectral)",
    )
    parser.add_argument("--out", required=True, help="folder of the dataset, such as data/unav100")
    parser.add_argument(
        "--options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="key=value pairs for --extractor, such as grid.fps=16",
    )
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--device", help="device of the models (default: a GPU if there is one)")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="process part I of N, from 1 to N; under torchrun, each process does its own part",
    )
    add_cluster_arguments(parser)
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    # Names of videos may begin with '-', as YouTube's do.
    given = [f"./{x}" if x[:1] == "-" and os.path.isfile(x) else x for x in sys.argv[1:]]
    args = parser.parse_args(given)
    if not args.videos and not args.videos_from:
        parser.error("no media files given")
    for name in ("workers", "jobs"):
        if getattr(args, name) < 1:
            parser.error(f"--{name}: expected an integer >= 1, got {getattr(args, name)}")
    if args.cluster and (args.workers > 1 or args.shard):
        parser.error("--cluster: expected neither --workers nor --shard, as --jobs sets the parts")
    return args


def shard_of(text: str | None) -> tuple[int, int]:
    """Parse --shard: the part to process, and the number of parts."""
    from loco_mm.errors import InputError

    if text is None:
        return int(os.environ.get("RANK", 0)) + 1, int(os.environ.get("WORLD_SIZE", 1))
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard: expected I/N with I from 1 to N, as 1/4, got {text}")
    return int(match[1]), int(match[2])


def device_of(name: str | None) -> str:
    """Device for a process; under torchrun, each process has its own GPU."""
    import torch

    if name is not None:
        return name
    return f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"


def extract(args: argparse.Namespace):
    """Extract here, or on a cluster."""
    from loco_mm.engine.cli import part_config, read_options
    from loco_mm.engine.progress import progress_bar
    from loco_mm.features import default_extractor, extract_on_cluster, extract_videos
    from loco_mm.fileio import read_text
    from loco_mm.text import say

    listed = read_text(args.videos_from, "list of videos") if args.videos_from else ""
    videos = [*args.videos, *filter(None, map(str.strip, listed.splitlines()))]
    name = args.extractor or default_extractor()
    config = part_config(name, args.options)
    say(f"extractor: {name}")

    def progress(results, total):
        return progress_bar(results, "parts" if args.cluster else "extracting", total)

    if args.cluster:
        options = read_options(args.cluster_options, "--cluster-options")
        kind = args.cluster
        return extract_on_cluster(
            config, videos, args.out, args.jobs, kind, options, args.device, progress
        )
    shard, device = shard_of(args.shard), device_of(args.device)
    return extract_videos(config, videos, args.out, shard, args.workers, device, progress)


def main(args: argparse.Namespace) -> None:
    from loco_mm.engine.cli import finish
    from loco_mm.text import counted, say

    found = extract(args)
    for remark in found.remarks:
        say(f"warning: {remark}")
    kept = f", {len(found.kept)} done before" if found.kept else ""
    finish(f"{counted(len(found.done), 'video')} extracted to {found.folder}{kept}", found.failed)


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
