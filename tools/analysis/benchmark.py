#!/usr/bin/env python
"""Print what each part of training and testing a config's model costs on this machine.

Each time is printed with that of a reference, measured in turns with it: their ratio can be
compared between runs and machines. This takes about 2 minutes.

With --gpu, everything about a GPU is measured in one run of about 5 minutes: training steps in each
precision, alone and compiled, one step of each compared system, inference, and the data loader.
Without a GPU, the same is measured with tiny models.
"""

import argparse
import time
from functools import cache, partial
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SYSTEMS = [
    *(f"{name}/{name}_unav100_onepeace.py" for name in ("actionformer", "tridet", "unav")),
    *(f"{name}/{name}_unav100_onepeace.py" for name in ("ccnet", "uniav", "tadtr", "vsgn")),
    *("loco_ave_fully.py", "avel/avel_ave_fully.py", "avel/dmrn_ave_fully.py"),
    *(f"{name}/{name}_ave_fully.py" for name in ("cmran", "psp", "cpsp", "lesp", "cacenet")),
]
# Seconds that a row may take; one that might end too late is left out.
ROW, COMPILED_ROW = 15, 120


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "config",
        nargs="?",
        default=str(CONFIGS / "loco_unav100_onepeace.py"),
        help="default: LoCo at full size",
    )
    parser.add_argument("--batch-size", type=int, default=2, help="videos per step (default: 2)")
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the shortest counts")
    parser.add_argument("--gpu", action="store_true", help="measure everything about a GPU")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="time that --gpu may take (default: 5)"
    )
    parser.add_argument(
        "--cfg-options", nargs="+", action="extend", default=[], help="key=value pairs"
    )
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config
    from loco_mm.engine.cli import read_options

    cfg = load_config(args.config, read_options(args.cfg_options))
    init_default_scope(cfg.get("default_scope", "mmaction"))
    if args.gpu:
        measure_device(cfg, args)
    else:
        measure_parts(cfg, args)


def measure_parts(cfg, args: argparse.Namespace) -> None:
    from mmengine.logging import MMLogger

    from loco_mm.apis.benchmark import count_operators, random_batch
    from loco_mm.apis.part_benchmark import compare_parts
    from loco_mm.registry import MODELS, build_part

    # The metric logs its table.
    MMLogger.get_current_instance().setLevel("WARNING")
    model = build_part(MODELS, cfg.model, "model").train()
    widths = cfg.model.encoder.visual_dim, cfg.model.encoder.audio_dim
    batch = random_batch(model, *widths, args.batch_size, cfg.model.max_len)
    counts = count_operators(model, batch)
    print(
        f"{args.config}, batch size {args.batch_size}: {counts.forward} operators forward, "
        f"{counts.backward} backward, of these {counts.products} products and convolutions"
    )
    print(f"{'part':66s}{'ms':>10s}  {'reference':46s}{'ms':>10s}{'ratio':>8s}")
    for measure in compare_parts(cfg, model, args.batch_size, args.repeats):
        row = measure()
        times = f"{1000 * row.seconds:10.2f}  ", f"{1000 * row.reference_seconds:10.2f}"
        print(f"{row.part:66s}{times[0]}{row.reference:46s}{times[1]}{row.ratio:8.2f}", flush=True)


def measure_device(cfg, args: argparse.Namespace) -> None:
    import torch
    from mmengine.logging import MMLogger

    # MMEngine logs the options of each parameter.
    MMLogger.get_current_instance().setLevel("WARNING")
    deadline = time.monotonic() + 60 * args.minutes
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU, tiny models"
    print(f"{name}, torch {torch.__version__}")
    print(
        f"{'training step':52s}{'ms':>9s}{'GB':>7s}{'share':>7s}{'kernels':>9s}{'gaps':>6s}"
        f"{'compiled in':>13s}"
    )
    for title, seconds, row in rows(cfg, device):
        if time.monotonic() + seconds > deadline:
            print(f"{title:52s}left out, as the time is up", flush=True)
            continue
        try:
            print(f"{title:52s}{row()}", flush=True)
        except RuntimeError as error:
            # Such as too little memory: the other rows do not depend on it.
            print(f"{title:52s}failed: {str(error).splitlines()[0]}", flush=True)
        if device.type == "cuda":
            torch.cuda.empty_cache()


def rows(cfg, device):
    """Titles, seconds and functions of the rows, the most important first."""
    from loco_mm.testing import shrink_model

    on_gpu = device.type == "cuda"
    small, large = (16, 64) if on_gpu else (2, 4)
    graphs = "reduce-overhead" if on_gpu else "default"
    precisions = ["float32", "tf32", "bfloat16", "float16"] if on_gpu else ["float32", "bfloat16"]
    if not on_gpu:
        cfg.model = shrink_model(cfg.model)

    def loco(size, precision, mode=None):
        title = f"LoCo, batch size {size}, {precision}{f', compile: {mode}' if mode else ''}"
        seconds = COMPILED_ROW if mode else ROW
        return title, seconds, partial(step_row, cfg, size, precision, device, mode)

    yield from (loco(small, precision) for precision in precisions)
    yield loco(large, "bfloat16")
    yield loco(small, "bfloat16", graphs)
    yield from rows_of_systems(device)
    for mode in (None, "default"):
        title = f"inference, batch size {small}{', compiled' if mode else ''}"
        seconds = COMPILED_ROW if mode else ROW
        yield title, seconds, partial(inference_row, cfg, small, device, mode)
    yield from loader_rows(cfg, device, workers=4 if on_gpu else 0)
    yield from (loco(large, precision) for precision in precisions if precision != "bfloat16")
    yield loco(large, "bfloat16", graphs)
    if on_gpu:
        yield loco(small, "tf32", graphs)
        yield loco(small, "bfloat16", "default")


def rows_of_systems(device):
    from loco_mm.apis import load_config
    from loco_mm.testing import shrink_model

    for path in SYSTEMS:
        cfg = load_config(str(CONFIGS / path), {})
        size = cfg.train_dataloader.batch_size
        if device.type != "cuda":
            cfg.model, size = shrink_model(cfg.model), 2
        title = f"{Path(path).stem}, batch size {size}, float32"
        yield title, ROW, partial(step_row, cfg, size, "float32", device)


def step_row(cfg, batch_size, precision, device, mode=None):
    from loco_mm.apis.device_benchmark import measure_step

    cost = measure_step(cfg, batch_size, precision, device, mode)
    memory = "-" if cost.memory is None else f"{cost.memory:.1f}"
    gaps = "-" if cost.gaps is None else f"{100 * cost.gaps:.0f} %"
    kernels = "-" if cost.kernels is None else cost.kernels
    compiled = f"{cost.compilation:.0f} s" if mode else "-"
    failed = f"  without {', '.join(cost.not_compiled)}" if cost.not_compiled else ""
    share = f"{100 * cost.share:.0f} %"
    return (
        f"{1000 * cost.seconds:9.1f}{memory:>7s}{share:>7s}{kernels:>9}{gaps:>6s}"
        f"{compiled:>13s}{failed}"
    )


def inference_row(cfg, batch_size, device, mode=None):
    from loco_mm.apis.device_benchmark import videos_per_second

    network, whole = videos_per_second(cfg, batch_size, device, mode)
    return f"{network:9.1f} videos/s, {whole:.1f} with decoding and suppression"


def loader_rows(cfg, device, workers):
    from loco_mm.apis.feeding import FeedBenchmark

    videos = 256 if device.type == "cuda" else 32
    feed = cache(lambda: FeedBenchmark(cfg, videos, device))
    forms = dict(
        files="files",
        float32="packed, float32",
        bfloat16="packed, bfloat16",
        ram='float32, cache="ram"',
        device='float32, cache="device"',
    )
    for form, text in forms.items():
        # Places of features are computed faster than workers pass them on.
        count = 0 if form == "device" else workers
        title = f"batches on the device, {text}, {count} workers"
        yield title, ROW, partial(loader_row, feed, form, count)


def loader_row(feed, form, workers):
    rate = feed().rate(form, workers)
    return f"{rate.cold:9.1f} videos/s in the first pass, {rate.warm:.1f} in the second"


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
