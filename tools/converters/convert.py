#!/usr/bin/env python
"""Convert a checkpoint of a system's original code to a checkpoint of this package.

Systems: actionformer, ccnet, tadtr, tridet, unav, uniav, uniav_at and vsgn; for audio-visual event
localization by segments avel_fully, avel_weakly, avel_dmrn_fully, avel_cpsp_fully,
avel_cpsp_weakly, cmran_fully, cmran_weakly, psp_fully, psp_weakly, cpsp_fully, cpsp_weakly,
lesp_fully, lesp_weakly, cace_fully.
A file that contains a whole pickled model instead of its weights is refused: load it with the
original code, and save the model's state_dict().
"""

import argparse
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", help="system of the checkpoint")
    parser.add_argument("checkpoint", help="checkpoint file of the original code")
    parser.add_argument("out", help="checkpoint file to write")
    parser.add_argument("--config", help="config of the model (default: the system's config)")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    import torch

    from loco_mm.apis.conversion import PUBLISHED, convert_checkpoint
    from loco_mm.errors import InputError
    from loco_mm.fileio import atomic_write, check_output
    from loco_mm.text import say

    if args.system not in PUBLISHED:
        raise InputError(f"system: expected one of {', '.join(PUBLISHED)}, got {args.system}")
    check_output(args.out, inputs=[args.checkpoint])
    own = PUBLISHED[args.system].config
    config = args.config or CONFIGS / own
    checkpoint = convert_checkpoint(args.system, args.checkpoint, config)
    with atomic_write(args.out, "wb") as file:
        torch.save(checkpoint, file)
    say(
        f"{len(checkpoint['state_dict'])} tensors for {args.config or f'configs/{own}'}: {args.out}"
    )


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
