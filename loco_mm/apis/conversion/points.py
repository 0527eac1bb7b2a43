"""Parameter names of point-based systems: ActionFormer and its descendants.

Tables map original prefixes to prefixes of this package, or to None for constants.
"""

from collections.abc import Callable

import torch

from .published import LAYERS, Names, PublishedSystem, Weights, layers

COMPUTED: Names = {"backbone.pos_embd": None, "point_generator.": None}


def block(there: str, here: str) -> Names:
    """Names of a transformer block with convolutional projections, for any norms and attention."""
    names: Names = {
        f"{there}ln1.": f"{here}context_norm.",
        f"{there}ln11.": f"{here}context_norm.",
        f"{there}ln12.": f"{here}query_norm.",
        f"{there}ln2.": f"{here}mlp_norm.",
        f"{there}attn.proj.": f"{here}output.",
        f"{there}attn.rel_pe": f"{here}attention.relative_bias",
        f"{there}mlp.0.": f"{here}mlp.0.",
        f"{there}mlp.3.": f"{here}mlp.2.",
        f"{there}drop_path_attn.": f"{here}attention_scale.",
        f"{there}drop_path_mlp.": f"{here}mlp_scale.",
    }
    for part in ("query", "key", "value"):
        names |= {
            f"{there}attn.{part}_conv.conv.": f"{here}{part}.0.",
            f"{there}attn.{part}_norm.": f"{here}{part}.1.",
            f"{there}attn.{part}.": f"{here}{part}.2.",
        }
    return names


def embedding(there: str, there_norm: str, here: str) -> Names:
    """Names of the two layers before a stream's first block."""
    return {
        **{f"{there}{n}.conv.": f"{here}embed.{n}." for n in range(2)},
        **{f"{there_norm}{n}.": f"{here}embed_norm.{n}." for n in range(2)},
    }


def _tower(there: str, output: str, here: str) -> Names:
    return {
        **{f"{there}head.{n}.conv.": f"{here}convs.{n}." for n in range(2)},
        **{f"{there}norm.{n}.": f"{here}norms.{n}." for n in range(2)},
        f"{there}{output}.conv.": f"{here}output.",
    }


CLASSES = _tower("cls_head.", "cls_head", "head.cls_tower.")
OFFSETS = {
    **_tower("reg_head.", "offset_head", "head.reg_tower."),
    "reg_head.scale.": "head.scale.",
}


# Initial value of the running number of positives, which the original code does not save.
START = {"head.loss_normalizer": torch.tensor(250.0)}


def point_head(weights: Weights) -> Weights:
    """Join the offset scales of the levels, which are separate parameters in the original code."""
    found = dict(weights)
    scales = [found.pop(name) for n in range(LAYERS) if (name := f"head.scale.{n}.scale") in found]
    if scales:
        found["head.scale"] = torch.stack([scale.reshape(()) for scale in scales])
    return found | START


def _single_stream(block: Callable[[str, str], Names]) -> Names:
    names = embedding("backbone.embd.", "backbone.embd_norm.", "encoder.joint.")
    for n in range(LAYERS):
        names |= block(f"backbone.stem.{n}.", f"encoder.joint.blocks.{n}.")
        names |= block(f"backbone.branch.{n}.", f"pyramid.blocks.{n}.")
    return names


NECK: Names = {
    **layers("neck.fpn_norms.", "neck.norms.", {"": ""}),
    **layers("neck.fpn_convs.", "neck.convs.", {"conv.": ""}),
    **layers("neck.lateral_convs.", "neck.laterals.", {"conv.": ""}),
}

# https://github.com/happyharrycn/actionformer_release: libs/modeling
ACTIONFORMER = {**COMPUTED, **_single_stream(block), **NECK, **CLASSES, **OFFSETS}


def sgp_block(there: str, here: str) -> Names:
    """Names of TriDet's block."""
    convs = dict(psi="psi", fc="step", convw="narrow", convkw="wide", global_fc="gate")
    return {
        **{f"{there}{name}.": f"{here}convs.{own}." for name, own in convs.items()},
        f"{there}ln.": f"{here}norm.",
        f"{there}gn.": f"{here}mlp_norm.",
        f"{there}mlp.0.": f"{here}mlp.0.",
        f"{there}mlp.2.": f"{here}mlp.2.",
        f"{there}drop_path_out.": f"{here}scale.",
        f"{there}drop_path_mlp.": f"{here}mlp_scale.",
    }


# https://github.com/dingfengshi/TriDet: libs/modeling
TRIDET = {
    **COMPUTED,
    **_single_stream(sgp_block),
    **NECK,
    **CLASSES,
    **OFFSETS,
    **_tower("start_head.", "cls_head", "head.reg_tower.start_tower."),
    **_tower("end_head.", "cls_head", "head.reg_tower.end_tower."),
}


def two_streams(
    block: Callable[[str, str], Names], cross: tuple[str, str] = ("cross_att_Va", "cross_att_Av")
) -> Names:
    """Names of UnAV's backbone, which its descendants share.

    ``cross`` contains the names of the cross-modal blocks of the visual and of the audio stream.
    """
    names: Names = {}
    for there, stream, blocks in zip("VA", ("visual", "audio"), cross, strict=True):
        names |= embedding(
            f"backbone.embd_{there}.", f"backbone.embd_norm_{there}.", f"encoder.{stream}."
        )
        names |= block(f"backbone.ori_{blocks}.", f"pyramid.{stream}_blocks.0.")
        for n in range(LAYERS):
            names |= block(f"backbone.self_att_{there}.{n}.", f"encoder.{stream}.blocks.{n}.")
            names |= block(f"backbone.{blocks}.{n}.", f"pyramid.{stream}_blocks.{n + 1}.")
    return names


def dependency_block(there: str, here: str) -> Names:
    """Names of UnAV's dependency block, which is also part of CCNet's neck."""
    return {
        f"{there}feature_expand.conv.": f"{here}expand.",
        f"{there}feature_squeeze.conv.": f"{here}squeeze.",
        **block(f"{there}temporal_branch.", f"{here}over_time."),
        **block(f"{there}cooccur_branch.", f"{here}over_classes."),
    }


# https://github.com/ttgeng233/UnAV: libs/modeling
UNAV = {
    **COMPUTED,
    **two_streams(block),
    **dependency_block("dependency_block.", "neck."),
    **CLASSES,
    **OFFSETS,
}


# CCNet's gates are attention layers without a prefix of their own in the original code.
_GATE = {name.removeprefix("attn."): own for name, own in block("", "").items()}
_GATE["gate_linear.conv."] = "gate."

# https://github.com/zzhhfut/CCNet-AAAI2025: libs/modeling
CCNET = {
    **COMPUTED,
    **two_streams(block, ("CMI_Visual", "CMI_Audio")),
    **layers("backbone.visual_TCG.", "pyramid.visual_gates.", _GATE),
    **layers("backbone.audio_TCG.", "pyramid.audio_gates.", _GATE),
    **layers("MTGC_block.C2F_linear.", "neck.stretch.", {"": ""}),
    **block("MTGC_block.C2F_attention.", "neck.coarse_to_fine."),
    "MTGC_block.feature_tem_press.conv.": "neck.press.",
    **layers("MTGC_block.channel_att.", "neck.channel_branches.", block("", "block.")),
    **layers("MTGC_block.feature_tem_block.", "neck.channel_branches.", {"": "widen."}),
    **dependency_block("MTGC_block.", "neck.dependency."),
    **layers("MTGC_block.F2C_attention_block.", "neck.fine_to_coarse.", block("", "")),
    **CLASSES,
    **OFFSETS,
}

# Further tasks of UniAV: prefix of their experts, of their layers, and their name in this package.
OTHERS = (("TAL", "TASK1", "actions"), ("SED", "TASK3", "sounds"))


def _experts(task: str, there: str, here: str) -> Names:
    """Names of the norm and MLP of a task in a block."""
    return {
        f"{there}ln2_{task}.": f"{here}mlp_norm.",
        f"{there}mlp_{task}.0.": f"{here}mlp.0.",
        f"{there}mlp_{task}.3.": f"{here}mlp.2.",
    }


def _expert_block(there: str, here: str) -> Names:
    """Names of a block with a norm and an MLP for each task."""
    names = block(there, here) | _experts("AVEL", there, here)
    for task, _, own in OTHERS:
        names |= _experts(task, there, f"others.{own}.{here}")
    return names


# https://github.com/ttgeng233/UniAV: libs/modeling
UNIAV_TASKS = {
    **COMPUTED,
    **two_streams(_expert_block),
    **CLASSES,
    "cls_head.vis_proj.conv.": "head.cls_tower.output.",
    "cls_head.clip_proj.": "head.cls_tower.text.",
    "cls_head.logit_scale": "head.cls_tower.logit_scale",
    **OFFSETS,
    "reg_head.offset_head.TASK2.conv.": "head.reg_tower.output.",
}
for _, number, own in OTHERS:
    UNIAV_TASKS[f"reg_head.offset_head.{number}.conv."] = f"others.{own}.head.reg_tower.output."
# The model that has only the task of audio-visual events.
UNIAV = {
    there: None if here and here.startswith("others.") else here
    for there, here in UNIAV_TASKS.items()
}


def _heads_of_tasks(weights: Weights) -> Weights:
    (value,) = START.values()
    starts = {f"others.{own}.head.loss_normalizer": value for _, _, own in OTHERS}
    return point_head(weights) | starts


SYSTEMS = {
    "actionformer": PublishedSystem(
        "actionformer/actionformer_unav100_onepeace.py", ACTIONFORMER, point_head
    ),
    "tridet": PublishedSystem("tridet/tridet_unav100_onepeace.py", TRIDET, point_head),
    "ccnet": PublishedSystem("ccnet/ccnet_unav100_onepeace.py", CCNET, point_head),
    "unav": PublishedSystem("unav/unav_unav100_i3d-vggish.py", UNAV, point_head),
    "uniav": PublishedSystem("uniav/uniav_unav100_onepeace.py", UNIAV, point_head),
    "uniav_at": PublishedSystem("uniav/uniav-at_unav100_onepeace.py", UNIAV_TASKS, _heads_of_tasks),
}
