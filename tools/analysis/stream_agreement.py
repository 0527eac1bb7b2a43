#!/usr/bin/env python
"""Compare the events of running videos with those of the complete ones, and measure the latency.

Predicts the test split of a config three times for each window size: each video as a whole, in
windows, and as a running video. Prints the mAP of each, how many events are found in both of the
latter ways, and how long after its end an event is final.
"""

import argparse


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("checkpoint", help="checkpoint file, or work dir of a training")
    parser.add_argument(
        "--windows",
        nargs="+",
        required=True,
        metavar="SIZE[:OVERLAP]",
        help="sizes of the windows in steps, and what two of them share (default: half)",
    )
    parser.add_argument(
        "--score-thr", type=float, default=0.2, help="minimum score of an event (default: 0.2)"
    )
    parser.add_argument(
        "--join",
        type=int,
        default=1,
        metavar="N",
        help="join N videos to a longer one each (default: 1)",
    )
    parser.add_argument("--num", type=int, help="number of videos, the first ones (default: all)")
    parser.add_argument("--device", default="cpu", help="device of the model (default: cpu)")
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    import numpy as np

    from loco_mm.apis import load_config
    from loco_mm.apis.stream_agreement import stream_agreement
    from loco_mm.engine.cli import read_options, window_options
    from loco_mm.engine.progress import progress_bar
    from loco_mm.text import markdown_table

    cfg = load_config(args.config, read_options(args.cfg_options))
    rows = []
    for windows in args.windows:
        found = stream_agreement(
            cfg,
            args.checkpoint,
            window_options(windows),
            args.score_thr,
            args.device,
            args.join,
            args.num,
            lambda videos, windows=windows: progress_bar(videos, f"windows of {windows}"),
        )
        latency = found.latencies if len(found.latencies) else np.full(1, np.nan)
        averages = (found.whole_mAP, found.offline_mAP, found.stream_mAP)
        rows.append(
            [
                windows,
                *(f"{100 * average:.1f}" for average in averages),
                *map(str, (found.offline, found.streamed, found.same)),
                *(f"{f(latency):.1f}" for f in (np.median, np.max)),
                f"{found.early / max(1, found.streamed):.0%}",
            ]
        )
    head = ["windows (steps)", "mAP, whole", "mAP, windows", "mAP, stream"]
    head += ["events, windows", "events, stream", "in both"]
    head += ["median latency (s)", "largest (s)", "before the end"]
    print(markdown_table(head, rows))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
