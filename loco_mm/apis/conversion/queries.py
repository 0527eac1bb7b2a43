"""Parameter names of query-based systems: TadTR.

Tables map original prefixes to prefixes of this package.
"""

import torch

from .published import Names, PublishedSystem, Weights, layers

_MLP = {"linear1.": "mlp.0.", "linear2.": "mlp.3."}
_ENCODER = {"self_attn.": "attention.", "norm1.": "attention_norm.", "norm2.": "mlp_norm."}
_DECODER = {
    "self_attn.": "self_attention.",
    "cross_attn.": "attention.",
    "norm1.": "attention_norm.",
    "norm2.": "self_norm.",
    "norm3.": "mlp_norm.",
}
# Indices of linear layers in an MLP: in the original code without activations, here with them.
_SEGMENTS = {f"layers.{n}.": f"{2 * n}." for n in range(3)}

# https://github.com/xlliu7/TadTR: models
TADTR: Names = {
    "input_proj.0.0.": "encoder.project.",
    "input_proj.0.1.": "encoder.norm.",
    "transformer.level_embed": "encoder.level_embed",
    "transformer.reference_points.": "head.decoder.reference_points.",
    "query_embed.": "head.decoder.query_embed.",
    "class_embed.": "head.classifiers.",
    "actionness_pred.": "head.actionness.mlp.",
    **layers("transformer.encoder.layers.", "encoder.layers.", {**_ENCODER, **_MLP}),
    **layers("transformer.decoder.layers.", "head.decoder.layers.", {**_DECODER, **_MLP}),
    # The same parameters under two names.
    **layers("segment_embed.", "head.decoder.segments.", _SEGMENTS),
    **layers("transformer.decoder.segment_embed.", "head.decoder.segments.", _SEGMENTS),
}


def _once(weights: Weights) -> Weights:
    """Without refinement, layers share their output layers, of which the original saves copies."""
    found = dict(weights)
    for stack in ("head.classifiers.", "head.decoder.segments."):
        names = [name for name in weights if name.startswith(stack)]
        first = {name: stack + "0." + name.removeprefix(stack).partition(".")[2] for name in names}
        if all(torch.equal(weights[name], weights[first[name]]) for name in names):
            for name in names:
                if name != first[name]:
                    del found[name]
    return found


SYSTEMS = {"tadtr": PublishedSystem("tadtr/tadtr_unav100_onepeace.py", TADTR, _once)}
