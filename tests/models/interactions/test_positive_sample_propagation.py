"""Propagation of strong relations, compared to loops."""

import numpy as np
import pytest
import torch

from loco_mm.models.features import FeatureSpec
from loco_mm.models.interactions import PositiveSamplePropagation


def relu(x):
    return np.maximum(x, 0)


def kept(fit, threshold, renormalize):
    """The relations of each row that are kept."""
    out = np.zeros_like(fit)
    for i, row in enumerate(fit):
        for j, value in enumerate(row):
            share = value / row.sum() if row.sum() else 0
            out[i, j] = share if share > threshold / len(row) else 0
        if renormalize and out[i].sum():
            out[i] /= out[i].sum()
    return out


def norm(x):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)


@pytest.mark.parametrize(
    "settings", [{}, dict(threshold=0.5, renormalize=False, project=False), dict(threshold=0.0)]
)
def test_it_is_what_loops_compute(settings):
    torch.manual_seed(0)
    layer = PositiveSamplePropagation(FeatureSpec(4, (1,), 6), **settings).double().eval()
    visual, audio = (torch.randn(2, 6, 4, dtype=torch.float64) for _ in range(2))
    lengths = [6, 3]
    mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    found = layer(visual * mask[..., None], audio * mask[..., None], mask)
    weights = {k: v.detach().numpy() for k, v in layer.named_parameters()}
    for number, length in enumerate(lengths):
        v, a = visual[number, :length].numpy(), audio[number, :length].numpy()
        fit = relu(v @ weights["visual_query.weight"].T)
        fit = relu(fit @ relu(a @ weights["audio_key.weight"].T).T / 2)
        threshold, again = settings.get("threshold", 0.99), settings.get("renormalize", True)
        # Some are dropped, and some are kept.
        shares = kept(fit, threshold, again)
        assert (shares > 0).any()
        assert not threshold or (shares == 0).any()
        new_v = v + shares @ relu(a @ weights["audio_value.weight"].T)
        back = kept(fit.T, threshold, again)
        new_a = a + back @ relu(v @ weights["visual_value.weight"].T)
        if settings.get("project", True):
            new_v = relu(new_v @ weights["visual_output.weight"].T)
            new_a = relu(new_a @ weights["audio_output.weight"].T)
        for mine, wanted in zip(found, (new_v, new_a), strict=True):
            np.testing.assert_allclose(mine[number, :length].detach(), norm(wanted), atol=1e-6)
            assert not mine[number, length:].any()


def test_for_ten_segments_the_threshold_is_the_published_one():
    """0.99 of a uniform distribution is 0.099."""
    layer = PositiveSamplePropagation(FeatureSpec(4, (1,), 6)).double()
    fit = torch.full((1, 10, 10), 1.0, dtype=torch.float64)
    fit[0, 0, 0], fit[0, 1, 1] = 0.98, 1.02
    found = layer._kept(fit, torch.ones(1, 10, dtype=torch.bool))
    assert (found[0, 0] == 0).tolist() == [True, *[False] * 9]
    # With a stronger one, the others are at 1 / 10.02 = 0.0998.
    assert (found[0, 1] > 0).all()
