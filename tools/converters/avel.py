#!/usr/bin/env python
"""Convert a checkpoint of a system's own code into one of this package.

Systems of audio-visual event localization by the segment: AVEL, CMRAN, PSP, CPSP, LESP, CACE-Net.
A file that carries the whole model instead of its weights is refused: load it with the authors'
code, and save the model's state_dict().
"""

import argparse
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).resolve().parents[2] / "configs"

# Names of parameters: a prefix there and the prefix here, or None for what that code never uses.
ATTENTION = {
    "affine_audio.": "spatial.audio_embed.",
    "affine_video.": "spatial.visual_embed.",
    "affine_g.": "spatial.audio_hidden.",
    "affine_v.": "spatial.visual_hidden.",
    "affine_h.": "spatial.score.",
}
RECURRENT = {"lstm_audio.": "encoder.audio.", "lstm_video.": "encoder.visual."}
# https://github.com/YapengTian/AVE-ECCV18: models.py, models_weakly.py
AVEL = {**ATTENTION, **RECURRENT, "L1.": "head.hidden.", "L2.": "head.output."}
# models_fusion.py
DMRN = {
    **ATTENTION,
    **RECURRENT,
    "U_v.": "encoder.interaction.visual.",
    "U_a.": "encoder.interaction.audio.",
    "L2.": "head.output.",
}
TWO_STREAMS = {"event_classifier.0.": "head.relevance.", "category_classifier.0.": "head.classes."}
# https://github.com/jasongief/CPSP: cpsp_avel/model/avel.py
AVEL_CPSP = {k: v for k, v in DMRN.items() if k != "L2."} | TWO_STREAMS

PROPAGATION = {
    **{f"attention.{there}": here for there, here in ATTENTION.items()},
    **{f"lstm_a_v.{there}": here for there, here in RECURRENT.items()},
    "psp.v_L1.": "encoder.interaction.visual_value.",
    "psp.v_L2.": "encoder.interaction.visual_query.",
    "psp.a_L1.": "encoder.interaction.audio_key.",
    "psp.a_L2.": "encoder.interaction.audio_value.",
    "psp.v_fc.": "encoder.interaction.visual_output.",
    "psp.a_fc.": "encoder.interaction.audio_output.",
    "psp.layer_norm.": "encoder.interaction.norm.",
}
PROPAGATION_FULLY = {
    **PROPAGATION,
    "fa.": "spatial.audio_maps.",
    "fv.": "encoder.visual_maps.",
    "linear_v.": None,
    "v_classify.": None,
    "a_classify.": None,
}
PER_SEGMENT = {"L1.": "head.hidden.", "L2.": "head.output."}
# https://github.com/jasongief/PSP_CVPR_2021: fully_model.py, weakly_model.py
PSP_FULLY = {**PROPAGATION_FULLY, **PER_SEGMENT, "L3.": None, "L4.": None}
PSP_WEAKLY = {
    **PROPAGATION,
    **PER_SEGMENT,
    "linear_v.": "encoder.visual_maps.0.",
    "W1.": None,
    "W2.": None,
    "W3.": "head.weight.",
    "temperature": None,
}
# https://github.com/jasongief/CPSP: cpsp_avel/model/psp_family.py
CPSP = {**PROPAGATION_FULLY, **TWO_STREAMS, "L1.": None, "L2.": None}


# A decoder layer's norms, of which self-attention would have the first.
LAST_NORMS = ("norm2", "norm3")


def _layer(there: str, here: str, attention: str, norms: tuple[str, str]) -> dict[str, str | None]:
    """A transformer layer."""
    return {
        f"{there}{attention}.": f"{here}attention.",
        f"{there}{norms[0]}.": f"{here}attention_norm.",
        f"{there}linear1.": f"{here}mlp.0.",
        f"{there}linear2.": f"{here}mlp.3.",
        f"{there}{norms[1]}.": f"{here}mlp_norm.",
    }


def _relations(there: str, here: str) -> dict[str, str | None]:
    """Encoder and decoder of a stream; the templates that layers were copied from are unused."""
    names = {
        f"{there}_encoder.affine_matrix.": f"encoder.{here}_within.embed.",
        f"{there}_decoder.affine_matrix.": f"encoder.{here}_across.embed.",
        f"{there}_encoder.encoder_layer.": None,
        f"{there}_decoder.decoder_layer.": None,
        f"{there}_decoder.decoder.layers.0.self_attn.": None,
    }
    for number in range(2):
        names |= _layer(
            f"{there}_encoder.encoder.layers.{number}.",
            f"encoder.{here}_within.layers.{number}.",
            "self_attn",
            ("norm1", "norm2"),
        )
    return names | _layer(
        f"{there}_decoder.decoder.layers.0.",
        f"encoder.{here}_across.layer.",
        "multihead_attn",
        ("norm1", "norm2"),
    )


SPATIAL_CHANNEL = {
    "v_fc.": "spatial.embed.",
    "spatial_channel_att.affine_video_1.": "spatial.visual_channels.",
    "spatial_channel_att.affine_audio_1.": "spatial.audio_channels.",
    "spatial_channel_att.affine_bottleneck.": "spatial.squeeze.",
    "spatial_channel_att.affine_v_c_att.": "spatial.gate.",
    "spatial_channel_att.affine_video_2.": "spatial.visual_cells.",
    "spatial_channel_att.affine_audio_2.": "spatial.audio_cells.",
    "spatial_channel_att.affine_v_s_att.": "spatial.score.",
}
RELATIONS = _relations("video", "visual") | _relations("audio", "audio")
# https://github.com/FloretCat/CMRAN: model/main_model.py
CMRAN = {
    **SPATIAL_CHANNEL,
    **RELATIONS,
    "spatial_channel_att.affine_video_guided_1.": None,
    "spatial_channel_att.affine_video_guided_2.": None,
    "AVInter.video_multihead.": "pyramid.fuse.attention.",
    "AVInter.norm1.": "pyramid.fuse.norm.",
    "localize_module.classifier.": "head.relevance.",
    "localize_module.event_classifier.": "head.classes.",
}

# https://github.com/Brain-Cog-Lab/CACE-Net: CACE/model/main_model.py
CACE = {
    **SPATIAL_CHANNEL,
    **RELATIONS,
    "a_fc.": None,
    "spatial_channel_att.video_query.": "spatial.cells_for_visual.query.",
    "spatial_channel_att.video_key.": "spatial.cells_for_visual.key.",
    "spatial_channel_att.video_value.": "spatial.cells_for_visual.value.",
    "spatial_channel_att.video_query2.": "spatial.cells_for_audio.query.",
    "spatial_channel_att.video_key2.": "spatial.cells_for_audio.key.",
    "spatial_channel_att.video_value2.": "spatial.cells_for_audio.value.",
    "spatial_channel_att.v_norm.": "spatial.cells_norm.",
    "spatial_channel_att.v_norm2.": None,
    "spatial_channel_att.affine_video_ave.": "spatial.mean_guide.",
    "spatial_channel_att.affine_video_3.": "spatial.mean_cells.",
    "spatial_channel_att.ave_v_att.": "spatial.mean_score.",
    "spatial_channel_att.ave_bottleneck.": None,
    "spatial_channel_att.audio_query.": "spatial.sounds.query.",
    "spatial_channel_att.audio_key.": "spatial.sounds.key.",
    "spatial_channel_att.audio_value.": "spatial.sounds.value.",
    "spatial_channel_att.a_norm.": "spatial.sounds_norm.",
    "spatial_channel_att.v_query.": "spatial.asked.query.",
    "spatial_channel_att.vaudio_key.": "spatial.asked.key.",
    "spatial_channel_att.vaudio_value.": "spatial.asked.value.",
    "audio_visual_rnn_layer.audio_rnn.": "encoder.audio_recurrent.",
    "audio_visual_rnn_layer.visual_rnn.": "encoder.visual_recurrent.",
    "video_gated.0.": "encoder.visual_gate.",
    "audio_gated.0.": "encoder.audio_gate.",
    "AVInter.video_multihead.": "pyramid.fuse.attention.",
    "AVInter.norm1.": "pyramid.fuse.norm.",
    "VAInter.video_multihead.": "pyramid.fuse_again.attention.",
    "VAInter.norm1.": "pyramid.fuse_again.norm.",
    "video_cas.": "head.visual_classes.",
    "audio_cas.": "head.audio_classes.",
    "localize_module.classifier.": "head.relevance.",
    "localize_module.event_classifier.": "head.classes.",
    "localize_module.encoder_q.0.": "head.query.",
}

# https://github.com/ShipingGe/AVEL: fully_model.py, weakly_model.py
LESP = {
    "audio_fc.": "encoder.audio_embed.",
    "video_fc.": "encoder.visual_embed.",
    "vstf_pe.": None,  # a table, which is computed here
    **_layer("video_stf.layers.0.", "encoder.cells.0.", "self_attn", ("norm1", "norm2")),
    **_layer("spatial_decoder.layers.0.", "encoder.in_space.0.", "multihead_attn", LAST_NORMS),
    **_layer("audio_tf.layers.0.", "encoder.audio.0.", "self_attn", ("norm1", "norm2")),
    **_layer("video_ttf.layers.0.", "encoder.visual.0.", "self_attn", ("norm1", "norm2")),
    **_layer("temporal_decoder.layers.0.", "encoder.in_time.0.", "multihead_attn", LAST_NORMS),
    "fusion_layer.layers.0.": "pyramid.first.",
    "fusion_layer.layers.2.": "pyramid.second.",
    "fusion_layer.ln2.": "pyramid.norm.",
    "audio_classifier.": "head.audio_classes.",
    "video_classifier.": "head.visual_classes.",
    "final_event_classifier.linear2.": "head.classes.",
    "final_bg_classifier.linear2.": "head.relevance.",
    "aligned_bank.cls_v_queue": "memory.visual",
    "aligned_bank.cls_a_queue": "memory.audio",
    "aligned_bank.cls_sc_queue": "memory.scores",
}

# By system: the config whose model takes the weights, and the names.
SYSTEMS: dict[str, tuple[str, dict[str, str | None]]] = {
    "avel_fully": ("avel/avel_ave_fully.py", AVEL),
    "avel_weakly": ("avel/avel_ave_weakly.py", AVEL),
    "avel_dmrn_fully": ("avel/dmrn_ave_fully.py", DMRN),
    "avel_cpsp_fully": ("avel/avel_vggsound-avel100k_fully.py", AVEL_CPSP),
    "avel_cpsp_weakly": ("avel/avel_vggsound-avel100k_weakly.py", AVEL_CPSP),
    "cmran_fully": ("cmran/cmran_ave_fully.py", CMRAN),
    "cmran_weakly": ("cmran/cmran_ave_weakly.py", CMRAN),
    "psp_fully": ("psp/psp_ave_fully.py", PSP_FULLY),
    "psp_weakly": ("psp/psp_ave_weakly.py", PSP_WEAKLY),
    "cpsp_fully": ("cpsp/cpsp_ave_fully.py", CPSP),
    "cpsp_weakly": ("cpsp/cpsp_ave_weakly.py", CPSP),
    "lesp_fully": ("lesp/lesp_ave_fully.py", LESP),
    "lesp_weakly": ("lesp/lesp_ave_weakly.py", LESP),
    "cace_fully": ("cacenet/cacenet_ave_fully.py", CACE),
}

# Layers that read both streams side by side, there audio first.
AUDIO_FIRST = {"avel_fully": "head.hidden.weight", "avel_weakly": "head.hidden.weight"}
# What trained models there do without a parameter for it.
ADDED: dict[str, dict[str, Any]] = {"cace_fully": {"head.started": True}}


def convert(system: str, path: str, config: str | None = None) -> dict:
    """A checkpoint of this package from one of a system's own code.

    Args:
        system (str): One of ``SYSTEMS``.
        path (str): The file.
        config (str | None): Config of the model, if it has not the system's classes or widths.

    Returns:
        dict: ``state_dict``, in single precision, and ``meta``.

    Raises:
        InputError: The file is no such checkpoint, or does not fit the config's model.
    """
    import torch
    from mmengine.registry import init_default_scope

    from loco_mm.apis import load_config
    from loco_mm.engine.checkpoints import check_weights, rename_weights
    from loco_mm.fileio import as_checkpoint, read_checkpoint
    from loco_mm.registry import MODELS

    own, rows = SYSTEMS[system]
    config = config or str(CONFIGS / own)
    what = f"checkpoint {path} as {system}"
    state = rename_weights(as_checkpoint(read_checkpoint(path), path)["state_dict"], rows, what)
    joined = AUDIO_FIRST.get(system)
    if joined in state:
        state[joined] = torch.cat(state[joined].chunk(2, dim=1)[::-1], dim=1)
    state |= {name: torch.tensor(value) for name, value in ADDED.get(system, {}).items()}
    init_default_scope("mmaction")
    with torch.device("meta"):
        model = MODELS.build(load_config(config).model)
    check_weights(model, state, f"{what}, for {config},")
    return dict(state_dict=state, meta=dict(converted_from=system))


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=SYSTEMS, help="what it is a checkpoint of")
    parser.add_argument("checkpoint", help="file of the system's own code")
    parser.add_argument("out", help="checkpoint to write")
    parser.add_argument("--config", help="config of the model (default: the system's, with AVE)")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    import torch

    from loco_mm.fileio import atomic_write, check_output
    from loco_mm.text import say

    check_output(args.out, inputs=[args.checkpoint])
    checkpoint = convert(args.system, args.checkpoint, args.config)
    with atomic_write(args.out, "wb") as file:
        torch.save(checkpoint, file)
    own = args.config or f"configs/{SYSTEMS[args.system][0]}"
    say(f"{len(checkpoint['state_dict'])} tensors for {own}: {args.out}")


if __name__ == "__main__":
    arguments = parse_args()
    from loco_mm.engine.cli import run

    run(main, arguments)
