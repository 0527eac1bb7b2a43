"""Convolutions and pooling, by hand and compared to torch's own."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.models.layers import (
    DepthwiseConv,
    TemporalConv,
    masked_max_pool,
)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("kernel", "bias"), [(3, True), (5, False), (1, True)])
def test_temporal_conv_equals_torch_conv(kernel, bias, stride):
    torch.manual_seed(0)
    conv = TemporalConv(6, 4, kernel, bias=bias, stride=stride)
    x = torch.randn(2, 9, 6)
    wanted = F.conv1d(x.mT, conv.weight, conv.bias, stride, padding=kernel // 2).mT
    torch.testing.assert_close(conv(x), wanted)


@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_conv_by_hand(stride):
    conv = DepthwiseConv(1, stride)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([[[1.0, 10.0, 100.0]]]))
    out = conv(torch.tensor([[[1.0], [2.0], [3.0], [4.0]]]))
    assert out.flatten().tolist() == pytest.approx([210.0, 321.0, 432.0, 43.0][::stride])


def test_wide_depthwise_conv_equals_torch_conv():
    torch.manual_seed(0)
    conv = DepthwiseConv(6, kernel_size=5, bias=True)
    x = torch.randn(2, 9, 6)
    wanted = F.conv1d(x.mT, conv.weight, conv.bias, padding=2, groups=6).mT
    torch.testing.assert_close(conv(x), wanted)


def test_max_pool_takes_no_padding_into_account():
    x = torch.tensor([[[-3.0], [-1.0], [-2.0], [-5.0], [9.0], [9.0]]])
    mask = torch.tensor([[True, True, True, True, False, False]])
    out = masked_max_pool(x, mask, 2)
    assert out.flatten().tolist() == [-1.0, -1.0, 0.0]
