# LoCo's adaptive windows (LAC) and its correspondence loss (LCF) on the three named worlds, at
# small scale: initialization and learning rate of windows, targets of LCF, and self-attention in
# windows. Make the worlds first:
#   python tools/data/make_synthetic.py --world short --out data/short
#   python tools/data/make_synthetic.py --world minute --out data/minute
#   python tools/data/make_synthetic.py --world timelines --out data/timelines \
#     --annotations data/unav100/unav100_annotations.json
#   python tools/reproduce.py --table tools/plans/loco_parts.py --seeds 0 1 2
# tools/analysis/window_control.py shows what the windows of a checkpoint have learned.
attention = "model.pyramid.attention"
rate = "optim_wrapper.paramwise_cfg.custom_keys.adapter.lr_mult"
target = "model.modulator.target"


def windows(offsets: float, sizes: float, adapters: str, share: float) -> dict:
    return {
        f"{attention}.offset_spread": offsets,
        f"{attention}.size_spread": sizes,
        f"{attention}.adapter_init": adapters,
        rate: share,
    }


def local(size: int) -> dict:
    """Self-attention of encoder and decoder in windows, with the initial weights of the default."""
    fixed = dict(type="WindowAttention", adaptive=False, window_size=size)
    return {
        f"model.{part}.attention.{name}": value
        for part in ("encoder", "neck")
        for name, value in fixed.items()
    }


chosen = windows(1.0, 0.0, "zero", 1.0)
variants = {
    "fixed": ("fixed windows", {f"{attention}.adaptive": False}),
    "global": (
        "global attention",
        {f"{attention}._delete_": True, f"{attention}.type": "GlobalAttention"},
    ),
    # Has the initial weights of adaptive models, which models without adapters do not share.
    "frozen": ("adapters at zero, not trained", windows(0.0, 0.0, "zero", 0.0)),
    "zero-slow": ("adapters at zero, a tenth of the rate", windows(0.0, 0.0, "zero", 0.1)),
    "zero": ("adapters at zero", windows(0.0, 0.0, "zero", 1.0)),
    "uniform": ("adapters as Linear", windows(0.0, 0.0, "uniform", 1.0)),
    "spread": ("offsets spread", windows(1.0, 0.0, "zero", 1.0)),
    "spread-uniform": ("offsets spread, adapters as Linear", windows(1.0, 0.0, "uniform", 1.0)),
    "spread-sizes": ("offsets and sizes spread", windows(1.0, 0.5, "zero", 1.0)),
    "local-32": ("self-attention in windows of 32 steps", {**chosen, **local(32)}),
    "local-8": ("self-attention in windows of 8 steps", {**chosen, **local(8)}),
    # A weight of 0, so that it has the same initial weights as the others.
    "no-lcf": ("without LCF", {**chosen, "model.modulator.loss_weight": 0.0}),
    "diagonal": ("LCF, diagonal", {**chosen, target: "diagonal"}),
    "softened": ("LCF, softened", {**chosen, target: "softened"}),
    "fixed-gaussian": ("LCF, fixed Gaussian", {**chosen, target: "fixed_gaussian"}),
}
# Steps of the longest video, rounded up to a multiple of the last stride.
annotations = "data/unav100/unav100_annotations.json"
lengths = {"short": 128, "minute": 256, "timelines": 256}
worlds = {}
for world, steps in lengths.items():
    worlds[world] = {"model.max_len": steps, "train_dataloader.dataset.max_len": steps}
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        worlds[world][f"{loader}.dataset.data_root"] = f"data/{world}"
        worlds[world][f"{loader}.dataset.world"] = world
        if world == "timelines":
            worlds[world][f"{loader}.dataset.files.annotations"] = annotations
rows = [
    dict(
        name=f"{world}_{name}",
        system=text,
        dataset=world,
        features="simulated",
        config="configs/loco_synthetic.py",
        options={**of_world, **options},
    )
    for world, of_world in worlds.items()
    for name, (text, options) in variants.items()
]
