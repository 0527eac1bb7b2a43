#!/usr/bin/env python
"""Pack the features of a config's datasets into one memory-mapped file.

To read it, set data_prefix.features of the datasets to its path, relative to their data_root.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", metavar="CONFIG", help="config with the datasets to pack")
    parser.add_argument("--out", required=True, metavar="FILE", help=".safetensors file to write")
    parser.add_argument(
        "--split",
        nargs="+",
        choices=["train", "val", "test"],
        default=["train", "val", "test"],
        help="splits to pack (default: all)",
    )
    parser.add_argument(
        "--dtype",
        choices=["float32", "bfloat16"],
        default="float32",
        help="type of the values; bfloat16 halves the size and keeps 8 bits of precision "
        "(default: float32)",
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="key=value pairs",
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from functools import partial

    from loco_mm.apis import pack_features
    from loco_mm.engine.cli import read_options
    from loco_mm.engine.progress import progress_bar
    from loco_mm.text import counted, say

    watch = partial(progress_bar, description="packing", transient=True)
    packed = pack_features(
        args.config, args.out, args.split, args.dtype, read_options(args.cfg_options), watch
    )
    say(
        f"{args.out}: {counted(packed.videos, 'video')}, {counted(packed.steps, 'step')}, "
        f"{args.dtype}, {packed.size / 1e9:.3g} GB"
    )


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
