"""Every shipped config's model, tiny, computes what it has always computed.

A change that is not meant to change numbers leaves ``golden/models.json`` alone. One that is says
so, and writes it again: ``pytest tests/test_golden.py --update-golden``.
"""

import json
from pathlib import Path

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.structures import Events
from loco_mm.testing import (
    build_alive,
    eventful_samples,
    findings,
    run,
    shrink_model,
    train_whole,
)

from .comparing import CONFIGS, LEAVES, assert_same_events

GOLDEN = Path(__file__).parent / "golden" / "models.json"
STEPS, EVENTS = 3, 12


def rounded(value):
    return float(f"{value:.7g}")


def compute(leaf) -> dict:
    """Losses of a few steps of training, and the best events of each video after them.

    In double precision and without stochastic depth: what another processor, or version of
    torch, changes then is the last bit of the initial weights, drawn in single precision.
    """
    model = shrink_model(load_config(str(leaf)).model)
    built, samples = build_alive(model).double(), eventful_samples(model)
    optimizer = torch.optim.SGD(built.parameters(), lr=0.02)
    curve = []
    for _ in range(STEPS):
        found = run(train_whole(built), samples, "loss")
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
    labels, scores = findings(sample).values()
    rows = zip(labels.tolist(), scores.tolist(), strict=True)
    return [[label, list(map(rounded, row))] for label, row in rows]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda path: path.stem)
def test_losses_and_events_are_the_golden_ones(leaf, update_golden):
    found, name = compute(leaf), str(leaf.relative_to(CONFIGS).with_suffix(""))
    if update_golden:
        golden = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() else {}
        golden[name] = found
        lines = (f"{json.dumps(key)}: {json.dumps(golden[key])}" for key in sorted(golden))
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    wanted = json.loads(GOLDEN.read_text())[name]
    assert len(found["losses"]) == len(wanted["losses"]) == STEPS
    for one, other in zip(found["losses"], wanted["losses"], strict=True):
        assert one == pytest.approx(other, rel=1e-4)
    for one, other in zip(found["events"], wanted["events"], strict=True):
        if len(other[0]) == 2:
            assert [label for label, _ in one] == [label for label, _ in other]
            for (_, mine), (_, theirs) in zip(one, other, strict=True):
                assert mine == pytest.approx(theirs, abs=1e-4)
            continue
        rows, like = ([((a, b), label, x) for a, b, label, x in part] for part in (one, other))
        assert_same_events(rows, like, score=1e-4, segment=1e-3)


def test_every_golden_row_is_of_a_config():
    names = {str(leaf.relative_to(CONFIGS).with_suffix("")) for leaf in LEAVES}
    assert set(json.loads(GOLDEN.read_text())) == names
