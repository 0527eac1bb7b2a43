"""Parameter names of anchor-based systems: VSGN.

Tables map original prefixes to prefixes of this package.
"""

from .published import LAYERS, Names, PublishedSystem, Weights, layers


def _tower(there: str, here: str) -> Names:
    """Convolutions and norms; the original has an activation after each pair."""
    return {
        **{f"{there}{3 * n}.": f"{here}convs.{n}." for n in range(LAYERS)},
        **{f"{there}{3 * n + 1}.": f"{here}norms.{n}." for n in range(LAYERS)},
    }


# The second table is for models without graphs.
_LEVEL = {"tconv1.": "conv.", "0.": "", "nconv1.mlp.": "centre."}

# https://github.com/coolbay/VSGN: Models
VSGN: Names = {
    "xGPN.conv0.0.": "encoder.conv.",
    **layers("xGPN.levels_enc.", "pyramid.layers.", _LEVEL),
    **layers("xGPN.levels_dec.", "neck.upsamplings.", {"0.": ""}),
    **layers("xGPN.levels1.", "neck.outputs.", {"0.": ""}),
    **layers("xGPN.levels2.", "neck.laterals.", {"0.": ""}),
    **_tower("head_dec.cls_tower.", "head.cls_tower."),
    **_tower("head_dec.bbox_tower.", "head.reg_tower."),
    "head_dec.cls_logits.": "head.cls_tower.output.",
    "head_dec.bbox_pred.": "head.reg_tower.output.",
    "head_actionness.": "head.boundary.towers.0.",
    "head_startness.": "head.boundary.towers.1.",
    "head_endness.": "head.boundary.towers.2.",
    "bd_adjust.start_conv.": "head.refiner.ends.0.",
    "bd_adjust.end_conv.": "head.refiner.ends.1.",
}


def _apart(weights: Weights) -> Weights:
    """Split the layer of concatenated neighbour and centre into one layer for each."""
    found = dict(weights)
    for name in weights:
        if name.endswith(".centre.weight"):
            near, found[name] = weights[name].chunk(2, dim=1)
            found[name.replace(".centre.", ".near.")] = near
    return found


SYSTEMS = {"vsgn": PublishedSystem("vsgn/vsgn_unav100_onepeace.py", VSGN, _apart)}
