"""Checks of checkpoints."""

import pytest
import torch
from torch import nn

from loco_mm.engine.checkpoints import check_dataset, check_weights, select_task_weights
from loco_mm.errors import InputError
from loco_mm.fileio import Description, TrainedOn


def test_features_of_another_extractor():
    described = Description(extractor="a", version=1, settings={}, weights={}, features={})
    other = described.model_copy(update=dict(settings=dict(model="b"), features=dict(x=1)))
    files = described.model_copy(update=dict(features=dict(x=1)))
    for trained, dataset in ((described, None), (None, described), (described, files)):
        check_dataset(TrainedOn(extractor=trained), TrainedOn(extractor=dataset), "it", "x")
    text = (
        r"it was trained on features of the extractor 'a', x has others: settings: expected {}, "
        r"got {'model': 'b'}"
    )
    message = f"{text}: use features of the kind it was trained on, or so"
    with pytest.raises(InputError, match=message):
        check_dataset(
            TrainedOn(extractor=described), TrainedOn(extractor=other), "it", "x", ", or so"
        )


def test_a_model_of_one_task_takes_its_weights_of_several():
    model = nn.Linear(2, 1)
    own = dict(weight=torch.zeros(1, 2), bias=torch.zeros(1))
    state = own | {"others.sounds.bias": torch.ones(1), "others.actions.bias": torch.ones(1)}
    assert select_task_weights(model, state) == own
    found = select_task_weights(model, state, "sounds")
    assert found["bias"] is state["others.sounds.bias"] and found["weight"] is own["weight"]
    # Checkpoints of later runs contain a single task.
    assert select_task_weights(model, own, "sounds") == own
    with pytest.raises(
        InputError,
        match=r"checkpoint_guard\.task: expected one of actions, sounds, or None for the first, "
        r"got 'voices'",
    ):
        select_task_weights(model, state, "voices")


def test_a_model_of_several_tasks_takes_all():
    model = nn.ModuleDict(dict(others=nn.Linear(2, 1)))
    state = model.state_dict()
    assert (
        select_task_weights(model, state).keys() == state.keys() == {"others.weight", "others.bias"}
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            torch.ones(1, dtype=torch.complex64),
            "first is bias: expected torch.float32, got torch.complex64",
        ),
        (
            torch.ones(1, dtype=torch.bool),
            "first is bias: expected torch.float32, got torch.bool",
        ),
        (
            torch.ones(1, dtype=torch.int64),
            "first is bias: expected torch.float32, got torch.int64",
        ),
        (torch.tensor([1e200], dtype=torch.float64), "1 weights hold NaN or infinity, .* is bias"),
    ],
)
def test_weights_of_another_kind(value, message):
    model = nn.Linear(2, 1)
    state = model.state_dict() | dict(bias=value)
    with pytest.raises(InputError, match=f"^it: .*{message}"):
        check_weights(model, state, "it")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_another_size_fit(dtype):
    model = nn.Linear(2, 1)
    check_weights(model, {k: v.to(dtype) for k, v in model.state_dict().items()}, "it")
