#!/usr/bin/env python
"""Test a checkpoint as it is and with its adapters set to zero, which makes all windows fixed.

Prints both mAPs, and how far the windows of each layer differ from fixed ones: the means of |P| and
|O| in half windows, and the fraction of sampling positions that were clamped to the sequence.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("checkpoint", help="checkpoint file, or work dir of a training")
    parser.add_argument("--work-dir", help="folder for logs")
    parser.add_argument("--out", metavar="FILE", help="also write all figures to this JSON file")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from loco_mm.apis import load_config
    from loco_mm.apis.window_control import control_windows
    from loco_mm.engine.cli import read_options
    from loco_mm.engine.runs import build_runner, prepare_test
    from loco_mm.fileio import check_output, write_json

    if args.out is not None:
        check_output(args.out, inputs=[args.config, args.checkpoint])
    cfg = load_config(args.config, read_options(args.cfg_options))
    args.dump, args.compile, args.launcher = None, None, "none"
    prepare_test(cfg, args)
    control = control_windows(build_runner(cfg, args))
    if args.out is not None:
        write_json(args.out, control._asdict())
    print(f"{'':40s}{'as trained':>12s}{'at zero':>12s}")
    for name, value in control.adapted.items():
        print(f"{name:40s}{100 * value:12.2f}{100 * control.fixed[name]:12.2f}")
    print(f"{'':40s}{'|P|':>12s}{'|O|':>12s}{'clamped':>12s}")
    for name, figures in control.windows.items():
        print(f"{name:40s}" + "".join(f"{value:12.3f}" for value in figures.values()))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
