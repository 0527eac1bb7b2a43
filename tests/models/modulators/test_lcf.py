"""LCF compared to double loops over its equations."""

import math

import pytest
import torch

from loco_mm.apis.benchmark import saved_bytes
from loco_mm.errors import InputError
from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.modulators import LCFModulation


def make_batch(lengths=(5, 3), steps=6, dim=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    visual, audio = (
        torch.randn(len(lengths), steps, dim, generator=generator).double().requires_grad_()
        for _ in range(2)
    )
    mask = torch.arange(steps) < torch.tensor(lengths)[:, None]
    return visual, audio, mask


def make_layer(**settings):
    torch.manual_seed(0)
    return LCFModulation(FeatureSpec(8, (1,), 6), embed_dim=4, loss_weight=1.0, **settings).double()


def loss_of(layer, visual, audio, mask):
    return layer(Features(dict(visual=visual, audio=audio), mask))["loss_lcf"]


def target(layer, row, column, same_row, total):
    """G_ij for two segments, each (video, step)."""
    if layer.target in ("diagonal", "softened"):
        if layer.target == "diagonal":
            return float(same_row)
        return 0.8 * same_row + 0.2 / (total - 1)
    if row[0] != column[0]:
        return 0.0
    sigma = layer.sigma
    distance = abs(row[1] - column[1]) / math.sqrt(2)
    return torch.exp(-(distance**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


def slow_loss(layer, visual, audio, mask):
    """Every pair of segments, one at a time."""
    ids = [(b, t) for b in range(len(mask)) for t in range(mask.shape[1]) if mask[b, t]]
    v = [layer.visual_projection(visual[b, t]) for b, t in ids]
    a = [layer.audio_projection(audio[b, t]) for b, t in ids]
    v, a = [x / x.norm() for x in v], [x / x.norm() for x in a]
    total, loss = len(ids), 0
    for rows, columns in ((v, a), (a, v)):
        for i in range(total):
            logits = [rows[i] @ columns[j] / layer.tau for j in range(total)]
            norm = torch.logsumexp(torch.stack(logits), 0)
            weights = [target(layer, ids[i], ids[j], i == j, total) for j in range(total)]
            share = sum(weights) if layer.normalize_target else 1
            loss = loss - sum(
                w / share * (logit - norm) for w, logit in zip(weights, logits, strict=True)
            )
    return loss / (2 * total)


@pytest.mark.parametrize("kind", ["gaussian", "fixed_gaussian", "diagonal", "softened"])
@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("block_elements", [2**22, 1, 24])
@pytest.mark.parametrize("skip_padding", [False, True])
def test_loss_and_gradients_equal_a_double_loop(kind, normalize, block_elements, skip_padding):
    settings = dict(block_elements=block_elements, skip_padding=skip_padding)
    layer = make_layer(target=kind, normalize_target=normalize, **settings)
    visual, audio, mask = make_batch()
    found = loss_of(layer, visual, audio, mask)
    wanted = slow_loss(layer, visual, audio, mask)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-9)
    leaves = [visual, audio, *(p for p in layer.parameters() if p.requires_grad)]
    mine = torch.autograd.grad(found, leaves, allow_unused=True)
    theirs = torch.autograd.grad(wanted, leaves, allow_unused=True)
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("kind", ["gaussian", "softened"])
def test_memory_that_the_backward_pass_needs_is_linear_in_the_steps(kind):
    layer = make_layer(target=kind, block_elements=1024, skip_padding=False)

    def saved(steps):
        return saved_bytes(lambda: loss_of(layer, *make_batch((steps,), steps)))

    small, twice, four = (saved(steps) for steps in (128, 256, 512))
    assert four - twice == pytest.approx(2 * (twice - small), rel=0.05)


def test_perfect_correspondence_by_hand():
    layer = make_layer(target="diagonal", init_tau=0.5)
    layer.visual_projection = layer.audio_projection = torch.nn.Identity()
    streams = torch.eye(2)[None]
    loss = loss_of(layer, streams, streams, torch.ones(1, 2, dtype=torch.bool))
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-5)


@pytest.mark.parametrize("skip_padding", [False, True])
def test_padding_takes_no_part(skip_padding):
    layer = make_layer(skip_padding=skip_padding)
    visual, audio, mask = make_batch(lengths=(5, 3))
    loud = [torch.where(mask[..., None], x, 100.0) for x in (visual, audio)]
    assert torch.equal(loss_of(layer, visual, audio, mask), loss_of(layer, *loud, mask))


def test_batch_order_does_not_matter():
    layer = make_layer()
    visual, audio, mask = make_batch(lengths=(5, 3, 6))
    order = torch.tensor([2, 0, 1])
    one = loss_of(layer, visual, audio, mask)
    other = loss_of(layer, visual[order], audio[order], mask[order])
    assert one.item() == pytest.approx(other.item(), rel=1e-9)


def test_start_values_and_bounds():
    layer = make_layer()
    assert layer.tau.item() == pytest.approx(0.07)
    assert layer.sigma.item() == pytest.approx(1.0, rel=1e-5)
    with torch.no_grad():
        layer.sigma_logit.fill_(1e4)
        layer.log_tau.fill_(10)
    assert layer.sigma.item() == pytest.approx(10.0)
    assert layer.tau.item() == pytest.approx(1.0, rel=2e-2)
    with torch.no_grad():
        layer.sigma_logit.fill_(-1e4)
        layer.log_tau.fill_(-10)
    assert layer.sigma.item() == pytest.approx(0.1)
    assert layer.tau.item() == pytest.approx(0.01, rel=2e-1)


def test_the_temperature_comes_back_from_beyond_its_bound():
    """With a hard clamp, there would be no gradient at the bound."""
    layer = make_layer(target="diagonal")
    layer.visual_projection = layer.audio_projection = torch.nn.Identity()
    with torch.no_grad():
        layer.log_tau.fill_(-6.0)
    assert 0.01 < layer.tau.item() < 0.013
    optimizer = torch.optim.Adam([layer.log_tau], lr=0.05)
    visual = torch.eye(8, dtype=torch.float64)[None]
    mask = torch.ones(1, 8, dtype=torch.bool)
    for _ in range(200):
        optimizer.zero_grad()
        # Streams that do not correspond increase the temperature.
        loss_of(layer, visual, visual.roll(1, 1), mask).backward()
        optimizer.step()
    assert layer.tau.item() > 0.3


def test_the_fixed_gaussian_is_one_step_wide():
    layer = make_layer(target="fixed_gaussian", sigma_range=(0.2, 3.0))
    assert layer.sigma.item() == 1.0


def test_softened_adds_to_the_diagonal_too():
    layer = make_layer(target="softened")
    layer.visual_projection = layer.audio_projection = torch.nn.Identity()
    streams = torch.ones(1, 5, 2)  # all pairs are equal: the loss is the sum of a row times log M
    loss = loss_of(layer, streams, streams, torch.ones(1, 5, dtype=torch.bool))
    assert loss.item() == pytest.approx((0.8 + 5 * 0.2 / 4) * math.log(5), rel=1e-6)


def test_only_the_adjustable_gaussian_learns_sigma():
    assert make_layer(target="gaussian").sigma_logit.requires_grad
    for kind in ("fixed_gaussian", "diagonal", "softened"):
        assert not make_layer(target=kind).sigma_logit.requires_grad


@pytest.mark.parametrize("skip_padding", [False, True])
def test_a_single_segment_gives_a_finite_loss(skip_padding):
    for kind in ("gaussian", "diagonal", "softened"):
        visual, audio, mask = make_batch(lengths=(1,), steps=4)
        layer = make_layer(target=kind, skip_padding=skip_padding)
        loss = loss_of(layer, visual, audio, mask)
        loss.backward()
        assert loss.item() == pytest.approx(0.0, abs=1e-6)
        assert torch.isfinite(visual.grad).all()


def test_full_size_projection_has_the_published_parameters():
    layer = LCFModulation(FeatureSpec(512, (1,), 256))
    linear = [m for m in layer.modules() if isinstance(m, torch.nn.Linear)]
    assert sum(p.numel() for m in linear for p in m.parameters()) == 787_968


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            dict(target="soft"),
            "target: expected 'gaussian', 'fixed_gaussian', 'diagonal' or 'softened', got 'soft'",
        ),
        (
            dict(init_sigma=20.0),
            r"LCFModulation: expected 0 < low < init_sigma < high, got sigma_range=\(0\.1, "
            r"10\.0\), init_sigma=20\.0",
        ),
        (
            dict(target="fixed_gaussian", init_sigma=2.0),
            "init_sigma: expected 1 with target='fixed_gaussian', whose sigma is 1, got 2.0",
        ),
        (
            dict(init_tau=0.005),
            r"LCFModulation\.init_tau: expected a value within \(0\.01, 1\.0\), got 0\.005",
        ),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        make_layer(**settings)
