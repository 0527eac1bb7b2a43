#!/usr/bin/env python
"""Print the parameters and multiply-accumulates of a config's model."""

import argparse

from mmengine.config import DictAction
from mmengine.registry import init_default_scope


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("--steps", type=int, help="grid steps of the video (default: max_len)")
    parser.add_argument("--cfg-options", nargs="+", action=DictAction, help="key=value overrides")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main() -> None:
    from loco_mm.apis import count_complexity, load_config
    from loco_mm.registry import MODELS

    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    model = MODELS.build(cfg.model)
    steps = args.steps or cfg.model.max_len
    encoder = cfg.model.encoder
    table = count_complexity(model, encoder.visual_dim, encoder.audio_dim, steps)

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
    from loco_mm.apis.cli import run

    run(main)
