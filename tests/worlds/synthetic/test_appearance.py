"""Features of the classes of a synthetic world."""

import numpy as np
import pytest

from loco_mm.structures import TemporalGrid
from loco_mm.worlds.synthetic.appearance import make_noise, prototypes, variant_axes


def test_prototypes_share_a_latent_and_differ():
    visual, audio = (prototypes(0, 4, number, 32) for number in (0, 1))
    np.testing.assert_allclose(np.linalg.norm(visual, axis=1), 1)
    assert np.abs(visual @ visual.T - np.eye(4)).max() < 0.9
    assert np.abs(visual - audio).max() > 0.1
    assert np.array_equal(prototypes(0, 9, 0, 32)[:4], visual)


def test_variants_of_all_classes_are_half_alike():
    axes = variant_axes(0, 40, 1, 512)
    np.testing.assert_allclose(np.linalg.norm(axes, axis=1), 1)
    products = axes @ axes.T
    np.testing.assert_allclose(products[np.triu_indices(40, 1)], 0.5, atol=0.15)


@pytest.mark.parametrize("table", [prototypes, variant_axes])
def test_they_are_made_once_and_cannot_be_changed(table):
    assert table(0, 3, 1, 8) is table(0, 3, 1, 8)
    with pytest.raises(ValueError, match="read-only"):
        table(0, 3, 1, 8)[0, 0] = 1.0


def test_noise_is_correlated_as_windows_that_share_frames():
    noise = make_noise(np.random.default_rng(0), 20_000, 3, TemporalGrid(16, 16, 4))
    assert noise.shape == (20_000, 3)
    assert noise.std() == pytest.approx(1, abs=0.02)
    # Windows of 16 frames with stride 4 share 12, 8, 4 and no frames.
    for lag, share in enumerate((1, 0.75, 0.5, 0.25, 0, 0)):
        found = (noise[lag:] * noise[: len(noise) - lag]).mean()
        assert found == pytest.approx(share, abs=0.04)
