"""TriDet's block and offsets compared to loops."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.errors import InputError
from loco_mm.models import SGPBlock, TridentRegressor
from loco_mm.models.features import FeatureSpec
from loco_mm.testing import build_with_active_branches

DIM, CLASSES, BINS = 32, 3, 2
LENGTHS = (8, 5)


def batch(channels=DIM):
    generator = torch.Generator().manual_seed(0)
    mask = torch.arange(8) < torch.tensor(LENGTHS)[:, None]
    x = torch.randn(2, 8, channels, generator=generator, dtype=torch.float64)
    return x * mask[..., None], mask


def slow_block(block, x):
    """The block's formula for one video (N, C) without padding."""
    if block.stride == 2:
        x = F.max_pool1d(x.T[None], 3, 2, 1)[0].T
    normed = block.norm(x)

    def conv(name, value):
        layer = block.convs[name]
        reach = layer.weight.shape[-1] // 2
        return F.conv1d(value.T[None], layer.weight, layer.bias, padding=reach, groups=DIM)[0].T

    gate = conv("gate", normed.mean(0, keepdim=True)).relu()
    windows = conv("narrow", normed) + conv("wide", normed)
    out = conv("step", normed) * gate + windows * conv("psi", normed) + normed
    y = x + block.scale(out)
    norm = block.mlp_norm
    grouped = F.group_norm(y.T[None], norm.num_groups, norm.weight, norm.bias, norm.eps)[0].T
    return y + block.mlp_scale(block.mlp(grouped))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("scaled", [True, False])
@torch.no_grad()
def test_a_block_equals_each_video_alone(stride, scaled):
    config = dict(type="SGPBlock", dim=DIM, stride=stride, window=3, ratio=1.5, scaled=scaled)
    block = build_with_active_branches(dict(**config, mlp_channels=24)).double()
    assert block.convs["wide"].kernel_size == (7,)
    x, mask = batch()
    found, out_mask, figures = block(query=x, context=x, mask=mask)
    assert torch.equal(out_mask, mask[:, ::stride]) and figures == {}
    for video, length in enumerate(LENGTHS):
        wanted = slow_block(block, x[video, :length])
        torch.testing.assert_close(found[video, : len(wanted)], wanted)
        assert found[video, len(wanted) :].eq(0).all()


def test_depthwise_weights_that_start_at_0_stay_there():
    """The reason for another initialization than in the published config for THUMOS14."""
    for std, learns in ((0.0, False), (0.2, True)):
        torch.manual_seed(0)
        block = SGPBlock(DIM, init_std=std, scaled=False).double()
        x, mask = batch()
        block(query=x, context=x, mask=mask)[0].pow(3).sum().backward()
        moves = [bool(conv.weight.grad.ne(0).any()) for conv in block.convs.values()]
        assert moves == [learns] * 5


def test_widths_that_do_not_fit_are_reported():
    for sizes in (dict(dim=24), dict(dim=32, window=2)):
        with pytest.raises(
            InputError,
            match="SGPBlock: expected a multiple of 16 and an odd number, got "
            f"dim {sizes['dim']} and window {sizes.get('window', 1)}",
        ):
            SGPBlock(**sizes)


def regressor():
    config = dict(type="TridentRegressor", spec=FeatureSpec(4, (1,), 8), num_classes=CLASSES)
    return build_with_active_branches(dict(**config, feat_channels=4, num_bins=BINS)).double()


@torch.no_grad()
def test_offsets_are_expectations_over_bins():
    layer, (x, mask) = regressor(), batch(4)
    (raw,), scale = layer.scores([x], [mask]), torch.tensor(1.7, dtype=torch.float64)
    (found,) = layer([x], [mask], scale[None])
    assert found.shape == (2, 8, CLASSES, 2)
    for b, length in enumerate(LENGTHS):
        for t in range(length):
            for c in range(CLASSES):
                left, right = [], []
                for distance in range(BINS + 1):
                    before, behind = t - distance, t + distance
                    start = raw.start[b, before, c] if before >= 0 else 0.0
                    end = raw.end[b, behind, c] if behind < length else 0.0
                    left.append(start + (scale * raw.bins[b, t, 0, BINS - distance]).relu())
                    right.append(end + (scale * raw.bins[b, t, 1, distance]).relu())
                for side, scores in enumerate((left, right)):
                    weights = torch.tensor(scores, dtype=torch.float64).softmax(0)
                    wanted = sum(d * w for d, w in enumerate(weights.tolist()))
                    assert found[b, t, c, side].item() == pytest.approx(wanted)


def test_no_gradient_reaches_the_levels_through_starts_and_ends():
    layer, (x, mask) = regressor(), batch(4)
    x.requires_grad_()
    (raw,) = layer.scores([x], [mask])
    (raw.start.sum() + raw.end.sum()).backward(retain_graph=True)
    assert x.grad is None and layer.start_tower.output.weight.grad.ne(0).any()
    raw.bins.sum().backward()
    assert x.grad.ne(0).any()


def test_the_boundary_towers_may_be_wider():
    layer = TridentRegressor(FeatureSpec(4, (1,), 8), CLASSES, 4, boundary_kernel_size=5)
    widths = [conv.kernel_size for conv in (*layer.end_tower.convs, layer.end_tower.output)]
    assert widths == [(5,)] * 3 and layer.output.kernel_size == (3,)
