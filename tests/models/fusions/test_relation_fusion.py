"""Attention of the product of two streams."""

import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.models.fusions import RelationFusion

SPEC = FeatureSpec(8, (1,), 4)


def scene():
    torch.manual_seed(0)
    visual, audio = (torch.randn(2, 4, 8, dtype=torch.float64) for _ in range(2))
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    return visual * mask[..., None], audio * mask[..., None], mask


def test_the_level_has_the_channels_of_a_stream():
    visual, audio, mask = scene()
    layer = RelationFusion(SPEC, num_heads=2).double().eval()
    (level,), (level_mask,), _ = layer(dict(visual=visual, audio=audio), mask)
    assert layer.out_spec == SPEC
    assert level_mask is mask
    assert not level[~mask].any()
    torch.testing.assert_close(level, layer.fuse(visual, audio, mask))


def test_twice_is_the_mean_of_both_times():
    visual, audio, mask = scene()
    layer = RelationFusion(SPEC, num_heads=2, twice=True).double().eval()
    first = layer.fuse(visual, audio, mask)
    second = layer.fuse_again(audio, first, mask)
    (level,), _, _ = layer(dict(visual=visual, audio=audio), mask)
    torch.testing.assert_close(level, (first + second) / 2)
