#!/usr/bin/env python
"""Print what a training step of a config's model costs on this machine.

Times are printed with the time of a matrix product of as many operations, which is measured in
turns with them: their ratio can be compared between runs and machines.
"""

import argparse
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "loco_unav100_onepeace.py"


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default=str(CONFIG), help="default: LoCo at full size")
    parser.add_argument("--batch-size", type=int, default=2, help="videos per step (default: 2)")
    parser.add_argument("--repeats", type=int, default=5, help="steps of which the shortest counts")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config
    from loco_mm.apis.benchmark import count_operators, random_batch, time_step
    from loco_mm.engine.cli import read_options
    from loco_mm.registry import MODELS, build_part

    cfg = load_config(args.config, read_options(args.cfg_options))
    init_default_scope(cfg.get("default_scope", "mmaction"))
    model = build_part(MODELS, cfg.model, "model").train()
    widths = cfg.model.encoder.visual_dim, cfg.model.encoder.audio_dim
    batch = random_batch(model, *widths, args.batch_size, cfg.model.max_len)
    counts, times = count_operators(model, batch), time_step(model, batch, args.repeats)
    print(f"{args.config}: a training step, batch size {args.batch_size}")
    print(f"{'operators, forward':40s}{counts.forward:10d}")
    print(f"{'operators, backward':40s}{counts.backward:10d}")
    print(f"{'of these, products and convolutions':40s}{counts.products:10d}")
    print(f"{'forward and backward pass':40s}{times.step:10.3f} s")
    print(f"{'matrix product of as many operations':40s}{times.product:10.3f} s")
    print(f"{'share of the rate of matrix products':40s}{100 * times.share:10.0f} %")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
