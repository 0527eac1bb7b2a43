"""Tiny models of every structure among the shipped configs compute what they always have.

A change that is not meant to change numbers leaves ``golden/models.json`` alone. One that is says
so, and writes it again: ``pytest tests/test_golden.py --update-golden``.
"""

import copy
import json

import pytest
import torch

from loco_mm.structures import Events
from loco_mm.testing import (
    build_with_active_branches,
    eventful_samples,
    predictions_of,
    run,
    train_without_randomness,
)

from .comparing import GOLDEN, STRUCTURES, assert_same_events, tiny_models

STEPS, EVENTS = 3, 12


def rounded(value):
    return float(f"{value:.7g}")


def compute(model) -> dict:
    """Losses of a few steps of training, and the best events of each video after them.

    In double precision and without stochastic depth: what another processor, or version of
    torch, changes then is the last bit of the initial weights, drawn in single precision.
    """
    built, samples = build_with_active_branches(model).double(), eventful_samples(model)
    optimizer = torch.optim.SGD(built.parameters(), lr=0.02)
    curve = []
    for _ in range(STEPS):
        found = run(train_without_randomness(built), samples, "loss")
        losses = {name: value.sum() for name, value in found.items() if "loss" in name}
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        curve.append({name: rounded(loss.item()) for name, loss in losses.items()})
    found = run(built.eval(), samples, "predict")
    rows = [segment_rows(s) if "pred_segment_labels" in s else event_rows(s) for s in found]
    return dict(losses=curve, events=rows)


def event_rows(sample) -> list:
    best = list(Events.from_instances(sample.pred_instances))[:EVENTS]
    return [[*map(rounded, (e.start, e.end)), e.label, rounded(e.score)] for e in best]


def segment_rows(sample) -> list:
    """Label, and scores by label, of each segment."""
    labels, scores = predictions_of(sample).values()
    rows = zip(labels.tolist(), scores.tolist(), strict=True)
    return [[label, list(map(rounded, row))] for label, row in rows]


def assert_same_losses(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def test_every_structure_has_its_row(update_golden):
    if update_golden:
        rows = {name: compute(model) for name, model in sorted(tiny_models().items())}
        lines = (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    assert set(json.loads(GOLDEN.read_text())) == set(tiny_models())


@pytest.mark.parametrize("name", STRUCTURES)
def test_losses_and_events_are_the_golden_ones(name):
    found = compute(tiny_models()[name])
    wanted = json.loads(GOLDEN.read_text())[name]
    assert len(wanted["losses"]) == STEPS
    assert_same_losses(found["losses"], wanted["losses"])
    for one, other in zip(found["events"], wanted["events"], strict=True):
        if len(other[0]) == 2:
            assert [label for label, _ in one] == [label for label, _ in other]
            for (_, mine), (_, theirs) in zip(one, other, strict=True):
                assert mine == pytest.approx(theirs, abs=1e-4)
            continue
        rows, like = ([((a, b), label, x) for a, b, label, x in part] for part in (one, other))
        assert_same_events(rows, like, score=1e-4, segment=1e-3)


def test_a_changed_number_is_seen():
    """A loss twice as heavy, and nothing else."""
    wanted = json.loads(GOLDEN.read_text())["loco_rendered"]
    model = copy.deepcopy(tiny_models()["loco_rendered"])
    model.modulator.loss_weight *= 2
    with pytest.raises(AssertionError):
        assert_same_losses(compute(model)["losses"], wanted["losses"])
