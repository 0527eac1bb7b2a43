"""Shipped configs of localization systems with the sizes of a case."""

from collections.abc import Callable
from typing import Any

from loco_mm.apis.conversion import PUBLISHED
from loco_mm.models.localizers import task_config

from .comparing import CONFIGS, leaf_config


def widths(constructor: dict) -> dict[str, int]:
    """Visual and audio channels; for systems with a single stream, their concatenation."""
    if "input_dim_V" in constructor:
        return dict(visual=constructor["input_dim_V"], audio=constructor["input_dim_A"])
    names = ("input_dim", "feature_dim", "input_feat_dim")
    (joined,) = (constructor[key] for key in names if key in constructor)
    visual = {40: 24, 3072: 1536}[joined]
    return dict(visual=visual, audio=joined - visual)


def sized(leaf: str, constructor: dict) -> Any:
    """Config of a model with the sizes of a case."""
    model = leaf_config(CONFIGS / PUBLISHED[leaf].config).model
    model.max_len, model.dim = constructor["max_seq_len"], constructor["embd_dim"]
    model.encoder.update({f"{name}_dim": size for name, size in widths(constructor).items()})
    model.pyramid.num_levels = constructor["backbone_arch"][2] + 1
    model.head.update(num_classes=constructor["num_classes"], feat_channels=constructor["head_dim"])
    return model


def unav(constructor: dict) -> Any:
    model = sized("unav", constructor)
    model.encoder.num_layers = constructor["backbone_arch"][1] - 1
    if not constructor["use_dependency"]:
        model.neck = None
    return model


def ccnet(constructor: dict) -> Any:
    model = sized("ccnet", constructor)
    model.encoder.num_layers = constructor["backbone_arch"][1]
    return model


def actionformer(constructor: dict) -> Any:
    model = sized("actionformer", constructor)
    levels = model.pyramid.num_levels
    windows = constructor["n_mha_win_size"]
    windows = windows if isinstance(windows, list) else [windows] * levels
    attentions = [
        dict(type="GlobalAttention")
        if window == -1
        else dict(
            type="WindowAttention",
            adaptive=False,
            window_size=window,
            relative_bias=constructor["use_rel_pe"],
        )
        for window in windows
    ]
    model.encoder.num_layers = constructor["backbone_arch"][1]
    model.encoder.position = constructor["use_abs_pe"]
    model.encoder.attention = attentions[0]
    model.pyramid.attention = attentions[1:]
    if constructor["fpn_type"] == "fpn":
        model.neck.type = "TemporalFPN"
    return model


def tridet(constructor: dict) -> Any:
    model = sized("tridet", constructor)
    windows = constructor["n_sgp_win_size"]
    windows = windows if isinstance(windows, list) else [windows] * model.pyramid.num_levels
    block = dict(
        type="SGPBlock", ratio=float(constructor["k"]), mlp_channels=constructor["sgp_mlp_dim"]
    )
    model.encoder.num_layers = constructor["backbone_arch"][1]
    model.encoder.position = constructor["use_abs_pe"]
    model.encoder.block = dict(block, window=1, scaled=False)
    model.pyramid.block = [dict(block, window=window) for window in windows[1:]]
    model.head.regressor.update(
        feat_channels=constructor["head_dim"], num_bins=constructor["num_bins"]
    )
    if not constructor["use_trident_head"]:
        model.head.regressor = None
        model.head.assigner.winner = "point"
        model.head.iou_power = 0.0
    return model


def uniav(constructor: dict) -> Any:
    model = sized("uniav", constructor)
    model.encoder.num_layers = constructor["backbone_arch"][1] - 1
    model.head.classifier.update(feat_channels=constructor["head_dim"], embeddings=None)
    return model


def uniav_at(constructor: dict) -> Any:
    model = leaf_config(CONFIGS / PUBLISHED["uniav_at"].config).model
    model = task_config(model, uniav(constructor))
    for number, name in (("TASK1", "actions"), ("TASK3", "sounds")):
        facts = constructor["task_cfg"][number]["dataset"]
        model["tasks"][name]["max_len"] = facts["max_seq_len"]
        model["tasks"][name]["head"].update(num_classes=facts["num_classes"])
        model["tasks"][name]["head"]["classifier"].update(embeddings=None)
    return dict(model, type="MultiTaskLocalizer")


def tadtr(constructor: dict) -> Any:
    model = leaf_config(CONFIGS / PUBLISHED["tadtr"].config).model
    model.dim = constructor["hidden_dim"]
    sizes = dict(num_heads=constructor["nheads"], mlp_channels=constructor["dim_feedforward"])
    model.encoder.update({f"{name}_dim": size for name, size in widths(constructor).items()})
    model.encoder.update(
        num_layers=constructor["enc_layers"], num_points=constructor["enc_n_points"], **sizes
    )
    model.head.num_classes = constructor["num_classes"]
    model.head.decoder.update(
        num_layers=constructor["dec_layers"],
        num_points=constructor["dec_n_points"],
        num_queries=constructor["num_queries"],
        refine=constructor["seg_refine"],
        **sizes,
    )
    if not constructor["act_reg"]:
        model.head.actionness = None
    return model


def vsgn(constructor: dict) -> Any:
    model = leaf_config(CONFIGS / PUBLISHED["vsgn"].config).model
    model.max_len, model.dim = constructor["temporal_scale"], constructor["bb_hidden_dim"]
    model.data_preprocessor.gap = constructor["stitch_gap"]
    model.encoder.update({f"{name}_dim": size for name, size in widths(constructor).items()})
    model.pyramid.num_levels = constructor["num_levels"]
    model.pyramid.num_neighbours = constructor["num_neigh"] if constructor["use_xGPN"] else 0
    # Including that of no event.
    model.head.num_classes = constructor["decoder_num_classes"] - 1
    model.head.num_convs = constructor["num_head_layers"]
    return model


SIZED: dict[str, Callable[[dict], Any]] = dict(
    ccnet=ccnet,
    unav=unav,
    actionformer=actionformer,
    tridet=tridet,
    uniav=uniav,
    uniav_at=uniav_at,
    tadtr=tadtr,
    vsgn=vsgn,
)
