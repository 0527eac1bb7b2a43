#!/usr/bin/env python
"""Convert a checkpoint of a system's own code into one of this package.

Systems: actionformer, ccnet, tadtr, tridet, unav, uniav, uniav_at and vsgn; of audio-visual event
localization by the segment avel_fully, avel_weakly, avel_dmrn_fully, avel_cpsp_fully,
avel_cpsp_weakly, cmran_fully, cmran_weakly, psp_fully, psp_weakly, cpsp_fully, cpsp_weakly,
lesp_fully, lesp_weakly, cace_fully.
A file that carries the whole model instead of its weights is refused: load it with the authors'
code, and save the model's state_dict().
"""

import argparse
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", help="what it is a checkpoint of")
    parser.add_argument("checkpoint", help="file of the system's own code")
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument("--config", help="config of the model (default: the system's)")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
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
