"""CACE-Net: start of the contrastive loss, its loops, and its gates by hand."""

import math

import pytest
import torch
from torch.nn.functional import normalize, relu

from loco_mm.models.features import Features, FeatureSpec
from loco_mm.models.systems import CACEHead, GateLoss
from loco_mm.testing import make_segment_sample

from ..conftest import CLASSES, GIVEN

LABELS = [[2, 0, 0, 2], [1, 1], [2, 2, 2]]


def build(**settings):
    torch.manual_seed(0)
    settings = dict(num_classes=2, start_epoch=2) | settings
    return CACEHead(spec=FeatureSpec(3, (1,), 5), **settings).double()


def segments():
    torch.manual_seed(1)
    mask = torch.arange(5) < torch.tensor([len(row) for row in LABELS])[:, None]
    fused, both = (torch.randn(3, 5, c, dtype=torch.float64) for c in (3, 6))
    samples = [make_segment_sample(row, 2, i)["data_samples"] for i, row in enumerate(LABELS)]
    keep = mask[..., None]
    visual, audio = (both * keep).chunk(2, dim=-1)
    return Features(dict(visual=visual, audio=audio), mask, [fused * keep], [mask]), samples


def test_an_epoch_starts_the_projection_and_its_loss():
    head, (features, samples) = build(), segments()
    before = head(features)
    assert float(head.loss_by_feat(before, samples)["loss_contrastive"]) == 0
    for epoch in (0, 1):
        head.set_epoch(epoch)
        assert not head.started
    head.set_epoch(2)
    assert head.started
    after = head(features)
    assert float(head.loss_by_feat(after, samples)["loss_contrastive"]) > 0
    (fused,) = features.levels
    projected = fused + 0.6 * relu(head.query(fused))
    torch.testing.assert_close(after.relevance, head.relevance(projected)[..., 0])
    torch.testing.assert_close(before.relevance, head.relevance(fused)[..., 0])
    torch.testing.assert_close(after.classes, before.classes)
    # It is part of the checkpoint, whatever epoch a run that loads it starts from.
    other = build()
    other.load_state_dict(head.state_dict())
    other.set_epoch(0)
    assert other.started


def test_classes_are_those_of_the_fused_features_and_of_the_streams():
    head, (features, samples) = build(top_k=2, stream_weight=0.5), segments()
    found = head(features)
    fused = features.levels[0][0, :4]
    layers = dict(visual=head.visual_classes, audio=head.audio_classes)
    scores = [
        layer(features.streams[name][0, :4]).sort(0, descending=True).values[:2].mean(0)
        for name, layer in layers.items()
    ]
    by_stream = (scores[0] + scores[1]) / 2
    torch.testing.assert_close(found.stream_classes[0], by_stream)
    torch.testing.assert_close(found.classes[0], head.classes(fused.amax(0)) + 0.5 * by_stream)
    losses = head.loss_by_feat(found, samples)
    shares = found.stream_classes.log_softmax(-1)
    wanted = -float(shares[0, 0] + shares[1, 1]) / 2
    assert float(losses["loss_streams"]) == pytest.approx(wanted)


def test_segments_of_an_event_are_drawn_together():
    head, (features, samples) = build(start_epoch=0, temperature=0.5), segments()
    loss = head.eval().loss(features, samples)["loss_contrastive"]
    losses = []
    for x, labels in zip(features.levels[0], LABELS, strict=True):
        steps = len(labels)
        view = normalize(relu(head.query(x[:steps])), dim=-1)
        both = torch.cat([view, view]).detach()
        event = [label < 2 for label in labels] * 2
        for i in range(2 * steps):
            sums = dict(like=0.0, all=0.0)
            count = 0
            for j in range(2 * steps):
                if i == j:
                    continue
                score = math.exp(float(both[i] @ both[j]) / 0.5)
                sums["all"] += score
                if (event[i] and event[j]) or abs(i - j) == steps:
                    sums["like"] += score
                    count += 1
            losses.append(math.log(sums["all"] / sums["like"]) + math.log(count))
    assert float(loss) == pytest.approx(sum(losses) / len(losses), rel=1e-6)
    loss.backward()
    assert all(p.grad.isfinite().all() for p in head.query.parameters())


def test_a_temperature_of_a_hundredth_does_not_overflow():
    head, (features, samples) = build(start_epoch=0, temperature=0.005), segments()
    head = head.float()
    single = Features(
        {name: x.float() for name, x in features.streams.items()},
        features.mask,
        [features.levels[0].float()],
        [features.mask],
    )
    loss = head.loss(single, samples)["loss_contrastive"]
    loss.backward()
    assert loss.isfinite()
    assert head.query.weight.grad.isfinite().all()


@pytest.mark.parametrize("sigmoid", [False, True])
def test_it_is_the_cross_entropy_of_the_gates(scene, sigmoid):
    features, samples, labels = scene
    gates = features.streams["gates"]
    terms = []
    for row, found in zip(labels, gates.tolist(), strict=True):
        for label, gate in zip(row, found, strict=False):
            share = 1 / (1 + math.exp(-gate)) if sigmoid else gate
            terms.append(-math.log(share if label < CLASSES else 1 - share))
    layer = GateLoss(**GIVEN, sigmoid=sigmoid, loss_weight=2.0)
    loss = layer(features, layer.read_labels(features, samples))
    assert float(loss) == pytest.approx(2 * sum(terms) / len(terms), rel=1e-6)
