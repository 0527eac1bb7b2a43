#!/usr/bin/env python
"""Export a trained model to a folder: weights as safetensors, config, classes and model card."""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file that it was trained with")
    parser.add_argument(
        "checkpoint",
        help="checkpoint file, or work dir of a training; EMA weights are used if present",
    )
    parser.add_argument("--out", required=True, help="new or empty folder to write")
    parser.add_argument("--name", help="name of the model (default: name of the config)")
    parser.add_argument("--license", help="license for the model card, such as Apache-2.0")
    parser.add_argument(
        "--to-hub",
        metavar="OWNER/NAME",
        help="upload the folder to this model on the Hugging Face Hub; log in with `hf auth login`",
    )
    parser.add_argument(
        "--private", action="store_true", help="keep a new model on the Hub private"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.publishing import publish_model
    from loco_mm.errors import InputError
    from loco_mm.text import say

    if args.private and not args.to_hub:
        raise InputError("--private: expected --to-hub, to which it applies, got none")
    weights = publish_model(
        args.config,
        args.checkpoint,
        args.out,
        args.name,
        args.license,
        args.to_hub,
        args.private,
    )
    say(f"{weights}, {weights.stat().st_size / 1e6:.1f} MB")
    if args.to_hub:
        say(f"uploaded to {args.to_hub}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
