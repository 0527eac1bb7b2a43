#!/usr/bin/env python
"""Test a checkpoint: print its metrics, and optionally write its predictions."""

import argparse
import os


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument(
        "checkpoint", help="checkpoint file, or work dir of a training: its best checkpoint"
    )
    parser.add_argument("--work-dir", help="folder for logs")
    parser.add_argument("--dump", help="write predictions in ActivityNet form to this JSON file")
    parser.add_argument(
        "--compile",
        nargs="?",
        const="default",
        metavar="MODE",
        help="compile the model; mode of torch.compile, such as reduce-overhead (CUDA graphs)",
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none")
    parser.add_argument("--local-rank", "--local_rank", type=int, default=0)
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))

    from loco_mm.apis import load_config
    from loco_mm.engine.cli import read_options
    from loco_mm.engine.runs import build_runner, prepare_test

    cfg = load_config(args.config, read_options(args.cfg_options))
    prepare_test(cfg, args)
    build_runner(cfg, args).test()


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
