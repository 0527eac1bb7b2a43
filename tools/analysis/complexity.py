#!/usr/bin/env python
"""Print the parameters and multiply-accumulates of a config's model.

With --table, print those of the variants in the paper's Table VIII, next to the paper's figures.
"""

import argparse
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
# Config, and the GMACs and million parameters in the paper.
TABLE_VIII = {
    "base": ("ablations/loco_unav100_onepeace_base.py", 18.26, 71.35),
    "base + GB": ("ablations/loco_unav100_onepeace_gb.py", 31.25, 102.90),
    "base + LAC": ("ablations/loco_unav100_onepeace_lac.py", 31.25, 102.95),
    "base + GB + LCF": ("ablations/loco_unav100_onepeace_attention-global.py", 31.45, 103.68),
    "LoCo": ("loco_unav100_onepeace.py", 31.45, 103.73),
    "UnAV": ("unav/unav_unav100_onepeace.py", 60.28, 140.79),
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", help="config file, unless --table is given")
    parser.add_argument("--table", action="store_true", help="print the paper's Table VIII")
    parser.add_argument("--steps", type=int, help="time steps of the video (default: max_len)")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    args = parser.parse_args()
    if args.table == (args.config is not None):
        parser.error("expected a config or --table")
    return args


def count(config: str, options: dict | None = None, steps: int | None = None) -> tuple[int, dict]:
    """Number of time steps, and counts by part."""
    from mmengine.registry import init_default_scope

    from loco_mm.apis import count_complexity, load_config
    from loco_mm.registry import MODELS, build_part

    cfg = load_config(config, options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    steps = steps or cfg.model.max_len
    encoder = cfg.model.encoder
    model = build_part(MODELS, cfg.model, "model")
    return steps, count_complexity(model, encoder.visual_dim, encoder.audio_dim, steps)


def print_table(options: dict | None, steps: int | None) -> None:
    print(f"{'':16s}{'GMACs':>10s}{'paper':>10s}{'M params':>10s}{'paper':>10s}")
    for name, (config, gmacs, params) in TABLE_VIII.items():
        total = count(str(CONFIGS / config), options, steps)[1]["total"]
        row = (total.layer_macs / 1e9, gmacs, total.layer_params / 1e6, params)
        print(f"{name:16s}" + "".join(f"{value:10.2f}" for value in row))


def main(args: argparse.Namespace) -> None:
    from loco_mm.engine.cli import read_options

    options = read_options(args.cfg_options)
    if args.table:
        print_table(options, args.steps)
        return
    steps, table = count(args.config, options, args.steps)
    print(f"{args.config}: one video of {steps} steps")
    print(f"{'':12s}{'conv and linear layers':>26s}{'everything':>26s}")
    print(f"{'':12s}" + 2 * f"{'GMACs':>13s}{'M params':>13s}")
    for name, part in table.items():
        values = (
            part.layer_macs / 1e9,
            part.layer_params / 1e6,
            part.macs / 1e9,
            part.params / 1e6,
        )
        print(f"{name:12s}" + "".join(f"{value:13.3f}" for value in values))
    total = table["total"]
    print(
        f"\nThe paper's way of counting (convolutions and linear layers, LCF included): "
        f"{total.layer_macs / 1e9:.2f} GMACs, {total.layer_params / 1e6:.1f} M parameters"
    )
    print(
        "Everything: all parameters; matrix products and convolutions of a training forward "
        "pass, attention included, element-wise work left out"
    )


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
