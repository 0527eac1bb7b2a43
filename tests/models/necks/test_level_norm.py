"""One norm per level."""

import torch
import torch.nn.functional as F

from loco_mm.models.features import FeatureSpec
from loco_mm.models.necks import LevelNorm


def test_each_level_has_its_own_norm_and_padding_stays_zero():
    neck = LevelNorm(FeatureSpec(4, (1, 2), 8))
    torch.nn.init.constant_(neck.norms[1].bias, 3.0)
    levels = [torch.randn(2, 8, 4), torch.randn(2, 4, 4)]
    masks = [torch.arange(len(x[0])) < len(x[0]) - 1 for x in levels]
    masks = [mask.expand(2, -1) for mask in masks]
    found = neck(levels, masks)
    for level, (x, wanted) in enumerate(zip(found, levels, strict=True)):
        torch.testing.assert_close(x[:, :-1], F.layer_norm(wanted, (4,))[:, :-1] + 3 * level)
        assert not x[:, -1].any()
