#!/usr/bin/env python
"""Print the parameters and multiply-accumulates of a config's model.

With --table, print those of the variants in the paper's Table VIII, next to the paper's figures.
"""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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


def print_table(options: dict | None, steps: int | None) -> None:
    from loco_mm.apis import count_config, load_config
    from loco_mm.apis.reproduction import read_table

    print(f"{'':16s}{'GMACs':>10s}{'paper':>10s}{'M params':>10s}{'paper':>10s}")
    for row in read_table("VIII", ROOT).rows:
        total = count_config(load_config(row.config, options), steps)[1]["total"]
        counted = total.layer_macs / 1e9, total.layer_params / 1e6
        values = zip(counted, row.published.values(), strict=True)
        print(f"{row.system:16s}" + "".join(f"{v:10.2f}{p:10.2f}" for v, p in values))


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis import count_config, load_config
    from loco_mm.engine.cli import read_options

    options = read_options(args.cfg_options)
    if args.table:
        print_table(options, args.steps)
        return
    steps, table = count_config(load_config(args.config, options), args.steps)
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
