"""Parameter names of systems that label segments (audio-visual event localization).

Tables map original prefixes to prefixes of this package, or to None for unused parameters.
"""

import torch

from .published import Names, PublishedSystem, Weights

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


# Norms of a decoder layer after that of its self-attention.
LAST_NORMS = ("norm2", "norm3")


def _layer(there: str, here: str, attention: str, norms: tuple[str, str]) -> Names:
    """Names of a transformer layer."""
    return {
        f"{there}{attention}.": f"{here}attention.",
        f"{there}{norms[0]}.": f"{here}attention_norm.",
        f"{there}linear1.": f"{here}mlp.0.",
        f"{there}linear2.": f"{here}mlp.3.",
        f"{there}{norms[1]}.": f"{here}mlp_norm.",
    }


def _relations(there: str, here: str) -> Names:
    """Names of a stream's encoder and decoder; templates of copied layers are unused."""
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
    "vstf_pe.": None,  # a constant table, which is computed in this package
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


def _visual_first(weights: Weights) -> Weights:
    """Reorder the input channels of AVEL's first layer, which has audio first."""
    name = "head.hidden.weight"
    if name not in weights:  # another system, which the comparison with the model reports
        return weights
    return weights | {name: torch.cat(weights[name].chunk(2, dim=1)[::-1], dim=1)}


def _started(weights: Weights) -> Weights:
    """Mark the contrastive loss of CACE-Net as started; the original has no parameter for that."""
    return weights | {"head.started": torch.tensor(True)}


SYSTEMS = {
    "avel_fully": PublishedSystem("avel/avel_ave_fully.py", AVEL, _visual_first),
    "avel_weakly": PublishedSystem("avel/avel_ave_weakly.py", AVEL, _visual_first),
    "avel_dmrn_fully": PublishedSystem("avel/dmrn_ave_fully.py", DMRN),
    "avel_cpsp_fully": PublishedSystem("avel/avel_vggsound-avel100k_fully.py", AVEL_CPSP),
    "avel_cpsp_weakly": PublishedSystem("avel/avel_vggsound-avel100k_weakly.py", AVEL_CPSP),
    "cmran_fully": PublishedSystem("cmran/cmran_ave_fully.py", CMRAN),
    "cmran_weakly": PublishedSystem("cmran/cmran_ave_weakly.py", CMRAN),
    "psp_fully": PublishedSystem("psp/psp_ave_fully.py", PSP_FULLY),
    "psp_weakly": PublishedSystem("psp/psp_ave_weakly.py", PSP_WEAKLY),
    "cpsp_fully": PublishedSystem("cpsp/cpsp_ave_fully.py", CPSP),
    "cpsp_weakly": PublishedSystem("cpsp/cpsp_ave_weakly.py", CPSP),
    "lesp_fully": PublishedSystem("lesp/lesp_ave_fully.py", LESP),
    "lesp_weakly": PublishedSystem("lesp/lesp_ave_weakly.py", LESP),
    "cace_fully": PublishedSystem("cacenet/cacenet_ave_fully.py", CACE, _started),
}
