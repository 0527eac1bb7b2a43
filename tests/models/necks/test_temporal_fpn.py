"""The feature pyramid network compared to a loop over steps."""

import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.models.necks import TemporalFPN


@torch.no_grad()
def test_it_equals_a_loop_over_steps_and_padding_changes_nothing():
    torch.manual_seed(0)
    neck = TemporalFPN(FeatureSpec(4, (1, 2, 4), 16)).double()
    for norm in neck.norms:
        torch.nn.init.normal_(norm.bias)
    length = 11
    masks = [(torch.arange(16 // s) * s < length)[None] for s in (1, 2, 4)]
    levels = [torch.randn(1, m.shape[1], 4).double() * m[..., None] for m in masks]
    found = neck(levels, masks)
    sums: dict = {}
    for level in (2, 1, 0):
        for t in masks[level][0].nonzero()[:, 0].tolist():
            x = neck.laterals[level].weight @ levels[level][0, t]
            sums[level, t] = x + sums.get((level + 1, t // 2), 0)
        weight = neck.convs[level].weight[:, 0]
        for t in masks[level][0].nonzero()[:, 0].tolist():
            taps = (sums.get((level, t + k - 1), 0) * weight[:, k] for k in range(3))
            wanted = neck.norms[level](sum(taps))
            torch.testing.assert_close(found[level][0, t], wanted, atol=1e-9, rtol=1e-9)
        assert not found[level][~masks[level]].any()
