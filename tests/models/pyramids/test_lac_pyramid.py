"""The strides of the cross-modal pyramid's levels."""

import pytest
import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.registry import MODELS


@pytest.mark.parametrize("stride", [1, 2])
def test_its_first_level_has_the_stride_of_the_streams(stride):
    spec = FeatureSpec(8, (stride,), 32)
    pyramid = MODELS.build(dict(type="LACPyramid", spec=spec, num_levels=3, num_heads=2))
    x = torch.randn(1, 32 // stride, 8)
    levels = pyramid(dict(visual=x, audio=x), torch.ones(1, 32 // stride, dtype=torch.bool))
    assert pyramid.out_spec.strides == (stride, 2 * stride, 4 * stride)
    for found, mask, of_level in zip(*levels[:2], pyramid.out_spec.strides, strict=True):
        assert found.shape == (1, 32 // of_level, 16)
        assert mask.shape == (1, 32 // of_level)
