# LoCo's adaptive windows (LAC) and its correspondence loss (LCF) on a synthetic world, at small
# scale: initialization and learning rate of windows, targets of LCF, and self-attention in windows.
#   python tools/reproduce.py --table tools/plans/loco_parts.py --data minute --seeds 0 1 2
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
    "spread-slow": ("offsets spread, a tenth of the rate", windows(1.0, 0.0, "zero", 0.1)),
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
rows = [
    dict(
        name=name,
        system=text,
        dataset="short",
        features="simulated",
        config="configs/loco_synthetic.py",
        options=options,
    )
    for name, (text, options) in variants.items()
]
