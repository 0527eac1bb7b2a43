#!/usr/bin/env python
"""Print how time and memory grow with steps, batch size, classes, processes and videos.

One table each, of LoCo at full size on this machine's CPU, in about 13 minutes.
"""

import argparse
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "loco_unav100_onepeace.py"
TABLES = ("steps", "batch", "classes", "processes", "videos")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES, metavar="TABLE")
    parser.add_argument(
        "--largest", type=int, default=200_000, help="videos of the last table (default: 200000)"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from mmengine.logging import MMLogger
    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config

    cfg = load_config(CONFIG, {})
    init_default_scope("mmaction")
    MMLogger.get_current_instance().setLevel("WARNING")
    tables = dict(
        steps=lambda: steps_table(cfg),
        batch=lambda: batch_table(cfg),
        classes=lambda: classes_table(cfg),
        processes=lambda: processes_table(cfg),
        videos=lambda: videos_table(args.largest),
    )
    for name in args.tables:
        tables[name]()
        print()


def header(first: str) -> None:
    print(f"{first:56s}{'s':>10s}{'MB':>10s}")


def row(title: str, cost) -> None:
    print(f"{title:56s}{cost.seconds:10.3f}{cost.memory / 1e6:10.0f}", flush=True)


def steps_table(cfg) -> None:
    from loco_mm.apis.scaling import step_cost

    header("training step of one video, by number of steps T")
    windows = dict(type="WindowAttention", adaptive=False, window_size=64)
    forms = {
        "dense self-attention": {},
        "windows of 64": {"model.encoder.attention": windows, "model.neck.attention": windows},
    }
    base = cfg.model.max_len
    for steps in (base, 2 * base, 4 * base, 8 * base, 16 * base):
        for form, options in forms.items():
            cost = step_cost(cfg, 1, options | {"model.max_len": steps})
            row(f"{steps}, {form}", cost)


def batch_table(cfg) -> None:
    from loco_mm.apis.scaling import step_cost

    header("training step, by batch size B")
    for size in (1, 2, 4, 8):
        row(str(size), step_cost(cfg, size, {}))


def classes_table(cfg) -> None:
    from loco_mm.apis.scaling import step_cost

    header("training step of 2 videos, by number of classes")
    for number in (100, 1000, 10_000):
        row(str(number), step_cost(cfg, 2, {"model.head.num_classes": number}))


def processes_table(cfg) -> None:
    from loco_mm.apis.scaling import process_cost

    header("training step with optimizer, one video a process")
    row("1 process", process_cost(cfg, 1, 1))
    row("2 processes, DistributedDataParallel", process_cost(cfg, 2, 1))
    row("2 processes, FSDP2", process_cost(cfg, 2, 1, sharded=True))


def videos_table(largest: int) -> None:
    from loco_mm.apis.scaling import VideoFiles, metric_cost

    header("what is done once, by number of videos")
    for number in (largest // 100, largest // 10, largest):
        files = VideoFiles(number)
        row(f"{number}, read annotations", files.read_annotations())
        # Two files of each video are written.
        if number <= largest // 10:
            files.write_features()
            row(f"{number}, find what is left to extract", files.find_extracted())
            row(f"{number}, open the dataset, a file a modality", files.open_dataset(False))
            files.pack_features()
            row(f"{number}, open the dataset, packed", files.open_dataset(True))
        row(f"{number}, mAP of 100 predictions each", metric_cost(number))


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
