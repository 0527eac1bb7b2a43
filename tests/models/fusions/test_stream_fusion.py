"""Fusion of two streams."""

import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.models.fusions import StreamFusion


def test_side_by_side_or_the_mean():
    visual, audio = torch.tensor([[[1.0, -3.0]]]), torch.tensor([[[-2.0, 1.0]]])
    mask = torch.ones(1, 1, dtype=torch.bool)
    for settings, wanted in (
        (dict(mode="cat"), [1.0, -3.0, -2.0, 1.0]),
        (dict(mode="cat", activate=True), [1.0, 0.0, 0.0, 1.0]),
        (dict(mode="mean"), [-0.5, -1.0]),
    ):
        layer = StreamFusion(FeatureSpec(2, (1,), 1), **settings)
        (level,), (level_mask,), _ = layer(dict(visual=visual, audio=audio), mask)
        assert level[0, 0].tolist() == wanted
        assert level_mask is mask
        assert layer.out_spec == FeatureSpec(len(wanted), (1,), 1)
