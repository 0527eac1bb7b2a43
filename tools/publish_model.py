#!/usr/bin/env python
"""Make a folder of a trained model for others: weights as safetensors, config, classes, card."""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file that it was trained with")
    parser.add_argument("checkpoint", help="checkpoint file; its EMA weights where it has them")
    parser.add_argument("--out", required=True, help="folder, which must not be there, or be empty")
    parser.add_argument("--name", help="name of the model (default: the config's)")
    parser.add_argument("--license", help="licence for the card, as Apache-2.0")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis.publishing import publish_model
    from loco_mm.text import say

    weights = publish_model(args.config, args.checkpoint, args.out, args.name, args.license)
    say(f"{weights}, {weights.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
