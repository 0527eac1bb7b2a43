"""One network for several tasks."""

import copy

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.model import ExponentialMovingAverage

from loco_mm.engine.checkpoints import select_task_weights
from loco_mm.errors import InputError
from loco_mm.models.localizers import task_config
from loco_mm.registry import MODELS
from loco_mm.testing import build_with_active_branches, make_sample, run

from ...comparing import tiny_models


def config():
    return copy.deepcopy(tiny_models()["uniav-at_synthetic"])


def batch(task=None):
    """Videos of up to 16 steps, which all tasks support, with events."""
    samples = [
        make_sample(16, [[2.5, 9.0]], [1], seed=1),
        make_sample(11, [[1.0, 6.0], [4.0, 10.0]], [0, 4], seed=2),
    ]
    for sample in samples if task else ():
        sample["data_samples"].set_metainfo(dict(task=task))
    return samples


@pytest.fixture
def model():
    return build_with_active_branches(config())


def test_all_but_the_tasks_own_parts_is_shared(model):
    own = {
        n.split(".", 2)[2] for n, _ in model.named_parameters() if n.startswith("others.actions")
    }
    mlps = {n for n, _ in model.named_parameters() if ".mlp." in n or ".mlp_norm." in n}
    mlps = {n for n in mlps if not n.startswith("others.")}
    assert own == mlps | {"head.reg_tower.output.weight", "head.reg_tower.output.bias"}
    for other in model.others.values():
        block, twin = other.encoder.visual.blocks[0], model.encoder.visual.blocks[0]
        assert block.query[2].weight is twin.query[2].weight
        assert block.mlp[0].weight is not twin.mlp[0].weight
        assert other.head.scale is model.head.scale


def test_a_batch_trains_what_its_task_has(model):
    losses = run(model.train(), batch("sounds"), "loss")
    assert {name.split("/")[0] for name in losses} == {"sounds"}
    sum(losses.values()).backward()
    moved = {name for name, value in model.named_parameters() if value.grad is not None}
    own = {name for name in moved if name.startswith("others.")}
    assert own == {n for n, _ in model.named_parameters() if n.startswith("others.sounds.")}
    assert "encoder.visual.blocks.0.query.2.weight" in moved
    assert not any(".mlp." in name or "reg_tower.output" in name for name in moved - own)


@torch.no_grad()
def test_samples_without_a_task_are_of_the_first(model):
    wanted = run(model, batch()).logits
    assert torch.equal(run(model, batch("events")).logits, wanted)
    assert run(model, batch("actions")).logits.shape != wanted.shape


@torch.no_grad()
def test_copies_share_among_themselves(model):
    average = ExponentialMovingAverage(model, momentum=0.5).module
    theirs = model.encoder.visual.blocks[0].query[2].weight
    for found in (copy.deepcopy(model), average, copy.deepcopy(model).double()):
        own = found.encoder.visual.blocks[0].query[2].weight
        shared = found.others["sounds"].encoder.visual.blocks[0].query[2].weight
        assert shared is own and own is not theirs
    other = build_with_active_branches(config(), seed=1)
    other.load_state_dict(model.state_dict())
    for task in ("events", "sounds"):
        assert torch.equal(run(other, batch(task)).logits, run(model, batch(task)).logits)


@torch.no_grad()
def test_a_further_task_is_a_model_of_its_own(model):
    """It gives the same results as a model of that task alone with the same weights."""
    changed = config()
    single = task_config(changed, dict(changed.tasks.sounds, type="AVLocalizer"))
    for key in ("tasks", "name"):
        del single[key]
    alone = build_with_active_branches(ConfigDict(single), seed=1)
    alone.load_state_dict(select_task_weights(alone, model.state_dict(), "sounds"))
    wanted, found = run(alone, batch()), run(model, batch("sounds"))
    assert torch.equal(found.logits, wanted.logits)
    assert torch.equal(found.offsets, wanted.offsets)


def test_what_does_not_fit_is_reported(model):
    with pytest.raises(InputError, match="expected a batch of one task, got None, sounds"):
        run(model, [*batch(), *batch("sounds")])
    wrong = config()
    wrong.tasks.sounds.head.classifier.feat_channels = 8
    with pytest.raises(
        InputError,
        match=r"model\.tasks\.sounds: expected \(16, 32, 3\), as in the first task, got "
        r"head\.cls_tower\.convs\.0\.weight \(8, 32, 3\)",
    ):
        MODELS.build(wrong)
