"""Names of the system that localizes events from anchors: VSGN.

A prefix there and the prefix here.
"""

from .published import Names, PublishedSystem, Weights

# Levels, and layers of the towers, that a model may have.
MANY = 8


def _numbered(there: str, here: str, step: int = 1, first: int = 0) -> Names:
    """Names of the parts of a stack, which there are every so manyth from the first."""
    return {there.format(first + step * n): here.format(n) for n in range(MANY)}


# https://github.com/coolbay/VSGN: Models
VSGN: Names = {
    "xGPN.conv0.0.": "encoder.conv.",
    **_numbered("xGPN.levels_enc.{}.tconv1.", "pyramid.layers.{}.conv."),
    **_numbered("xGPN.levels_enc.{}.nconv1.mlp.", "pyramid.layers.{}.centre."),
    # Without graphs.
    **_numbered("xGPN.levels_enc.{}.0.", "pyramid.layers.{}."),
    **_numbered("xGPN.levels_dec.{}.0.", "neck.upsamplings.{}."),
    **_numbered("xGPN.levels1.{}.0.", "neck.outputs.{}."),
    **_numbered("xGPN.levels2.{}.0.", "neck.laterals.{}."),
    # Convolution, norm, activation.
    **_numbered("head_dec.cls_tower.{}.", "head.cls_tower.convs.{}.", 3),
    **_numbered("head_dec.cls_tower.{}.", "head.cls_tower.norms.{}.", 3, 1),
    **_numbered("head_dec.bbox_tower.{}.", "head.reg_tower.convs.{}.", 3),
    **_numbered("head_dec.bbox_tower.{}.", "head.reg_tower.norms.{}.", 3, 1),
    "head_dec.cls_logits.": "head.cls_tower.output.",
    "head_dec.bbox_pred.": "head.reg_tower.output.",
    "head_actionness.": "head.boundary.towers.0.",
    "head_startness.": "head.boundary.towers.1.",
    "head_endness.": "head.boundary.towers.2.",
    "bd_adjust.start_conv.": "head.refiner.ends.0.",
    "bd_adjust.end_conv.": "head.refiner.ends.1.",
}


def _apart(weights: Weights) -> Weights:
    """The layer of neighbour and centre, joined, as one of each."""
    found = dict(weights)
    for name in weights:
        if name.endswith(".centre.weight"):
            near, found[name] = weights[name].chunk(2, dim=1)
            found[name.replace(".centre.", ".near.")] = near
    return found


SYSTEMS = {"vsgn": PublishedSystem("vsgn/vsgn_unav100_onepeace.py", VSGN, _apart)}
