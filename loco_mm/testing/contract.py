"""Properties of every model of this package, as checks.

Each check builds models from the config of a tiny model (:func:`shrink_model`) and raises an
``AssertionError`` if the property does not hold.
"""

import copy
import io
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.model import BaseModel

from ..errors import InputError
from ..models.localizers import slot_of_maps, task_config
from ..ops import random_inputs
from ..registry import MODELS, find_type
from ..structures import MODALITIES
from ..tasks import SEGMENTS, Task
from .models import build_with_active_branches, run, train_without_randomness
from .samples import as_events

# Maximum difference by rounding in double precision.
ROUNDING = 1e-9


def eventful_samples(model: ConfigDict) -> list[dict]:
    """Three videos of different lengths, with short, long, and overlapping events."""
    rows: list[tuple[Any, ...]] = [
        (20, [[2.5, 9.0]], [1]),
        (31, [[1.0, 6.0], [4.0, 30.0], [4.5, 29.0]], [0, 4, 2]),
        (13, [[0.2, 3.9], [6.3, 7.9]], [3, 3]),
    ]
    return _samples(model, rows)


def task_of(model: ConfigDict) -> Task:
    """Task of a model."""
    return find_type(MODELS, model.head.type).task


def _sample(model: ConfigDict, steps: int, segments=(), labels=(), seed: int = 0) -> dict:
    widths = dict(visual_dim=model.encoder.visual_dim, audio_dim=model.encoder.audio_dim)
    sample = task_of(model).example(
        steps,
        model.head.num_classes,
        as_events(segments, labels),
        video_id=f"video{seed}",
        proportion=model.head.get("video_label") == "proportion",
    )
    cells = (7, 7) if slot_of_maps(model) else ()
    return dict(inputs=random_inputs(steps, seed, cells, **widths), data_samples=sample)


def _samples(model: ConfigDict, rows: list[tuple[Any, ...]]) -> list[dict]:
    """Samples from rows (steps, segments, labels) for 32 steps, which are scaled to the model."""
    scale = min(1, model.max_len / 32)
    return [
        _sample(
            model,
            max(1, int(steps * scale)),
            [[end * scale for end in segment] for segment in segments],
            labels,
            seed=number,
        )
        for number, (steps, segments, labels) in enumerate(rows, start=1)
    ]


def losses_of(found: dict) -> dict[str, torch.Tensor]:
    """The losses among the output of a model."""
    losses = {name: value for name, value in found.items() if "loss" in name}
    assert losses, f"no loss among {sorted(found)}"
    return losses


def predictions_of(sample) -> dict[str, torch.Tensor]:
    """Predictions for a video: fields of its events or segments, with one row each."""
    if "pred_instances" in sample:
        return {name: sample.pred_instances[name] for name in ("segments", "labels", "scores")}
    return dict(labels=sample.pred_segment_labels, scores=sample.pred_segment_scores)


def predict(model: BaseModel, samples: list[dict]) -> list[dict[str, torch.Tensor]]:
    """Predictions for a batch, see :func:`predictions_of`."""
    return [predictions_of(sample) for sample in run(model, samples, "predict")]


def assert_close(
    found: torch.Tensor, wanted: torch.Tensor, name: str | None = None, rounding: float = ROUNDING
) -> None:
    """Assert that two tensors are equal up to rounding."""
    torch.testing.assert_close(found, wanted, atol=rounding, rtol=rounding, msg=name)


def assert_all_close(found: dict, wanted: dict, rounding: float = ROUNDING) -> None:
    """Assert that tensors are equal up to rounding, by name."""
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert_close(found[name], values, name, rounding)


def assert_same(found: dict, wanted: dict, rounding: float = ROUNDING) -> None:
    """Assert that predictions, of which there must be some, are equal up to rounding."""
    assert len(wanted["labels"]), "nothing was predicted: the check would see nothing"
    assert_all_close(found, wanted, rounding)


def padding_changes_nothing(model: ConfigDict) -> None:
    """Results do not depend on padding, for single videos and for batches."""
    built = build_with_active_branches(model).double()
    video, mates = _sample(model, 21, seed=1), [_sample(model, 120), _sample(model, 9, seed=3)]
    assert_same(predict(built, [mates[0], video, mates[1]])[1], predict(built, [video])[0])
    samples = eventful_samples(model)
    losses = losses_of(run(built, samples, "loss"))
    built.data_preprocessor.max_len *= 2
    assert_all_close(losses_of(run(built, samples, "loss")), losses)


def batch_order_changes_nothing(model: ConfigDict) -> None:
    """Results do not depend on the order of a batch."""
    built = build_with_active_branches(model).double()
    samples = eventful_samples(model)
    turned = samples[::-1]
    losses = losses_of(run(built, samples, "loss"))
    assert_all_close(losses_of(run(built, turned, "loss")), losses)
    for one, other in zip(predict(built, turned)[::-1], predict(built, samples), strict=True):
        assert_same(one, other)


def odd_videos_train_and_are_tested(model: ConfigDict) -> None:
    """Videos without events, with one step or with late events work; so do long ones in testing."""
    batches: list[list[tuple[Any, ...]]] = [
        [(20, [], [])],
        [(1, [], [])],
        [(1, [[-0.5, 0.5]], [0]), (5, [], [])],
        [(32, [[-2.0, 40.0]], [3]), (5, [[0.2, 3.9]], [2])],
    ]
    for rows in batches:
        every = of_every_task(model, partial(_samples, rows=rows))
        assert_gradients(build_with_active_branches(model).train(), every)
    (sample,) = run(build_with_active_branches(model), [_sample(model, 797)], "predict")
    found = predictions_of(sample)
    assert torch.isfinite(found["scores"]).all()
    if task_of(model) is SEGMENTS:
        assert len(found["labels"]) == 797
    else:
        assert found["segments"].min() >= 0
        assert 0.75 * sample.duration < found["segments"].max() <= sample.duration


def every_parameter_gets_a_gradient(model: ConfigDict) -> None:
    """Training on videos with events gives finite nonzero gradients for all parameters."""
    built = train_without_randomness(build_with_active_branches(model))
    assert_gradients(built, of_every_task(model, eventful_samples))
    gradients = {name: p.grad for name, p in built.named_parameters() if p.grad is not None}
    still = [name for name, gradient in gradients.items() if not gradient.any()]
    # A constant added to all keys has no effect on a softmax.
    still = [name for name in still if not (".key." in name and name.endswith(".bias"))]
    assert not still, f"gradients are 0: {still}"


def of_every_task(model: ConfigDict, make: Callable[[ConfigDict], list[dict]]) -> list[list[dict]]:
    """Batches for a model; for a multi-task model, one batch per task."""
    batches = [make(model)]
    for name, changes in model.get("tasks", {}).items():
        batches.append(make(task_config(model, changes)))
        for sample in batches[-1]:
            sample["data_samples"].set_metainfo(dict(task=name))
    return batches


def assert_gradients(model: BaseModel, batches: list[list[dict]]) -> None:
    """Assert that losses are finite, and give all parameters finite gradients."""
    for samples in batches:
        losses = losses_of(run(model, samples, "loss"))
        for name, loss in losses.items():
            assert torch.isfinite(loss).all(), f"{name} is {loss}"
        torch.stack([loss.sum() for loss in losses.values()]).sum().backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            # Distributed training requires that every parameter is used in every batch.
            assert parameter.grad is not None, f"{name} has no gradient"
            assert torch.isfinite(parameter.grad).all(), f"the gradient of {name} is not finite"


def bfloat16_autocast_is_close(model: ConfigDict) -> None:
    """With autocast, losses differ by a few percent at most, and predictions are in float32."""
    built = build_with_active_branches(model)
    samples = eventful_samples(model)
    exact = losses_of(run(built, samples, "loss"))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = losses_of(run(built, samples, "loss"))
        (found, *_) = predict(built, samples)
    # Again, as autocast caches the weights it has cast, here without gradients.
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert_gradients(built.train(), of_every_task(model, eventful_samples))
    floats = [x for x in found.values() if x.is_floating_point()]
    assert {x.dtype for x in floats} == {torch.float32}
    for name, loss in rough.items():
        assert math.isclose(loss, exact[name], rel_tol=0.05), f"{name}: {loss} and {exact[name]}"
    assert any(not torch.equal(loss, exact[name]) for name, loss in rough.items())


def state_goes_round(model: ConfigDict) -> None:
    """A model that loads the saved state of another one predicts exactly the same."""
    built, other = build_with_active_branches(model), build_with_active_branches(model, seed=1)
    samples = eventful_samples(model)
    run(built.train(), samples, "loss")
    file = io.BytesIO()
    torch.save(built.eval().state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    losses = losses_of(run(built, samples, "loss"))
    assert_all_close(losses_of(run(other, samples, "loss")), losses, rounding=0)
    for one, wanted in zip(predict(other, samples), predict(built, samples), strict=True):
        assert_same(one, wanted, rounding=0)


def wrong_widths_are_reported(model: ConfigDict) -> None:
    """Features of another width raise an InputError."""
    built = build_with_active_branches(model)
    for name in MODALITIES:
        odd = copy.deepcopy(model)
        odd.encoder[f"{name}_dim"] += 1
        try:
            run(built, [_sample(odd, 9)], "predict")
        except InputError as error:
            assert name in str(error), f"{name} is not named: {error}"
        except Exception as error:
            raise AssertionError(f"{name} features of another width: {error!r}") from error
        else:
            raise AssertionError(f"{name} features of another width pass")


CHECKS = (
    padding_changes_nothing,
    batch_order_changes_nothing,
    odd_videos_train_and_are_tested,
    every_parameter_gets_a_gradient,
    bfloat16_autocast_is_close,
    state_goes_round,
    wrong_widths_are_reported,
)
