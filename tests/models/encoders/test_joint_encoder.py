"""The encoder of a single stream."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models import JointEncoder
from loco_mm.models.features import FeatureSpec

SPEC = FeatureSpec(8, (1,), 16)


def make(**settings):
    torch.manual_seed(0)
    return JointEncoder(visual_dim=5, audio_dim=3, spec=SPEC, num_heads=2, **settings).eval()


def inputs():
    generator = torch.Generator().manual_seed(1)
    mask = torch.arange(16) < torch.tensor([16, 9])[:, None]
    return [torch.randn(2, 16, d, generator=generator) * mask[..., None] for d in (5, 3)], mask


@pytest.mark.parametrize("modalities", ["both", "visual", "audio"])
@torch.no_grad()
def test_it_reads_the_modalities_it_is_reported(modalities):
    (visual, audio), mask = inputs()
    layer = make(modalities=modalities)
    found = layer(visual, audio, mask)
    assert list(found) == ["joint"] and found["joint"].shape == (2, 16, 8)
    for name, changed in (
        ("visual", layer(visual * 2, audio, mask)),
        ("audio", layer(visual, audio * 2, mask)),
    ):
        assert torch.equal(changed["joint"], found["joint"]) is not (modalities in ("both", name))


@torch.no_grad()
def test_visual_channels_come_first():
    (visual, audio), mask = inputs()
    layer = make()
    wanted = layer(visual, audio, mask)["joint"]
    found = layer.joint(torch.cat([visual, audio], -1), mask)
    assert torch.equal(found, wanted)


@torch.no_grad()
def test_without_position_blocks_do_not_know_where_they_are():
    """Constant features stay constant, except near the ends, which convolutions see."""
    mask = torch.ones(1, 16, dtype=torch.bool)
    visual, audio = torch.ones(1, 16, 5), torch.ones(1, 16, 3)
    for position in (False, True):
        inner = make(position=position, num_layers=0)(visual, audio, mask)["joint"][0, 3:-3]
        assert torch.allclose(inner, inner[:1].expand_as(inner), atol=1e-6) is not position


def test_other_widths_are_reported():
    (visual, audio), mask = inputs()
    with pytest.raises(
        InputError, match="model.encoder.audio_dim: expected audio features with 3 channels, got 5"
    ):
        make()(visual, visual, mask)


@torch.no_grad()
def test_noise_is_of_training_and_leaves_padding_alone():
    (visual, audio), mask = inputs()
    clean, noisy = make(num_layers=0), make(num_layers=0, noise=0.5)
    wanted = clean(visual, audio, mask)["joint"]
    assert torch.equal(noisy(visual, audio, mask)["joint"], wanted)
    seen = []
    noisy.joint.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    noisy.train()(visual, audio, mask)
    added = seen[0] - torch.cat([visual, audio], -1)
    assert added[~mask].eq(0).all() and 0.3 < added[mask].std() < 0.7
