#!/usr/bin/env python
"""Train a model from a config."""

import argparse
import os


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("--work-dir", help="folder for logs and checkpoints")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        help="checkpoint, or folder with checkpoints, to resume from (default: the work dir)",
    )
    parser.add_argument("--amp", action="store_true", help="mixed precision (bfloat16)")
    parser.add_argument(
        "--compile",
        nargs="?",
        const="default",
        metavar="MODE",
        help="compile the model; mode of torch.compile, such as reduce-overhead (CUDA graphs)",
    )
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate with the batch size of all processes",
    )
    parser.add_argument("--no-validate", action="store_true", help="train without validation")
    parser.add_argument("--seed", type=int, help="random seed")
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
    from loco_mm.engine.runs import build_runner, prepare_train

    cfg = load_config(args.config, read_options(args.cfg_options))
    prepare_train(cfg, args)
    build_runner(cfg, args).train()


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
