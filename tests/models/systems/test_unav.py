"""UnAV's dependency block compared to loops over videos, classes and steps."""

import pytest
import torch
import torch.nn.functional as F

from loco_mm.models.features import FeatureSpec
from loco_mm.models.systems import DependencyBlock
from loco_mm.testing import build_with_active_branches

CLASSES, CHANNELS, HIDDEN = 3, 6, 4
LENGTHS = (8, 5, 8)


def make(**settings):
    config = dict(type="DependencyBlock", spec=FeatureSpec(CHANNELS, (1,), 8), num_classes=CLASSES)
    return build_with_active_branches(dict(**config, channels=HIDDEN, **settings)).double()


def batch():
    generator = torch.Generator().manual_seed(0)
    mask = torch.arange(8) < torch.tensor(LENGTHS)[:, None]
    x = torch.randn(3, 8, CHANNELS, generator=generator, dtype=torch.float64)
    return x * mask[..., None], mask


def slow_block(block, x, mask):
    """The block's formula for one sequence (N, H), with valid steps only."""
    keep = mask[:, None].to(x.dtype)

    def project(part, norm):
        conv, inner, linear = part
        normed = (norm(x) * keep).T[None]
        return linear(inner(F.conv1d(normed, conv.weight, padding=1, groups=HIDDEN)[0].T))

    q = project(block.query, block.query_norm)
    k, v = (project(part, block.context_norm) for part in (block.key, block.value))
    out = torch.zeros_like(x)
    valid = mask.nonzero()[:, 0].tolist()
    for i in valid:
        scores = torch.stack([q[i] @ k[j] for j in valid]) / HIDDEN**0.5
        attended = sum(w * v[j] for w, j in zip(scores.softmax(0), valid, strict=True))
        y = x[i] + block.attention_scale(block.output(attended))
        out[i] = y + block.mlp_scale(block.mlp(block.mlp_norm(y)))
    return out


def slow(layer, x, mask):
    """One video, one class, one step at a time."""
    rows = []
    for b in range(len(x)):
        expanded = F.conv1d(x[b].T[None], layer.expand.weight, padding=1)[0].T.relu()
        expanded = (expanded * mask[b, :, None]).view(-1, CLASSES, HIDDEN)
        joined = torch.zeros_like(expanded)
        for c in range(CLASSES):
            of = (b * CLASSES + c) % len(x) if layer.published_masks else b
            joined[:, c] += slow_block(layer.over_time, expanded[:, c], mask[of])
        for t in mask[b].nonzero()[:, 0].tolist():
            every = torch.ones(CLASSES, dtype=torch.bool)
            joined[t] += slow_block(layer.over_classes, expanded[t], every)
        squeezed = F.conv1d(joined.flatten(1).T[None], layer.squeeze.weight, padding=1)[0].T
        rows.append(squeezed * mask[b, :, None])
    return torch.stack(rows)


@pytest.mark.parametrize("published", [False, True])
@torch.no_grad()
def test_it_equals_a_loop(published):
    layer, (x, mask) = make(published_masks=published), batch()
    (found,) = layer([x], [mask])
    torch.testing.assert_close(found, slow(layer, x, mask), atol=1e-9, rtol=1e-9)


@torch.no_grad()
def test_only_with_the_published_masks_videos_change_each_other():
    for published in (False, True):
        layer, (x, mask) = make(published_masks=published), batch()
        (together,) = layer([x], [mask])
        (alone,) = layer([x[:1]], [mask[:1]])
        assert torch.allclose(together[:1], alone, atol=1e-9) is not published
        # With equal lengths, the order of the masks has no effect.
        (twins,) = layer([x[[0, 2]]], [mask[[0, 2]]])
        torch.testing.assert_close(twins[:1], alone, atol=1e-9, rtol=1e-9)


def test_the_model_hands_over_the_head_s_classes(small_model):
    from loco_mm.registry import MODELS

    small_model.neck = dict(type="DependencyBlock", channels=HIDDEN)
    model = MODELS.build(small_model)
    assert isinstance(model.neck, DependencyBlock)
    assert model.neck.num_classes == model.head.num_classes
