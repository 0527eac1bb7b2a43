"""Results do not depend on how a model is executed: on which device, and whether compiled."""

from collections.abc import Collection

import torch
from mmengine.config import ConfigDict

from ..engine.compiling import compile_model
from .contract import (
    assert_all_close,
    assert_close,
    assert_gradients,
    assert_same,
    eventful_samples,
    losses_of,
    of_every_task,
    predict,
)
from .models import build_with_active_branches, run, train_without_randomness

# Maximum difference by rounding in single precision, absolute and relative.
_SINGLE = 1e-4


def device_changes_nothing(model: ConfigDict, device: str) -> None:
    """Losses, gradients and predictions on a device equal those on the CPU, in double precision.

    Not one of :data:`CHECKS`, as it needs the device.
    """
    samples = eventful_samples(model)
    on_device, on_cpu = (
        train_without_randomness(build_with_active_branches(model).double()).to(name)
        for name in (device, "cpu")
    )
    for built in (on_device, on_cpu):
        assert_gradients(built, of_every_task(model, eventful_samples))
        built.eval()
    for (name, one), other in zip(on_device.named_parameters(), on_cpu.parameters(), strict=True):
        if one.requires_grad:
            assert_close(one.grad.cpu(), other.grad, f"the gradient of {name}")
    losses = losses_of(run(on_cpu, samples, "loss"))
    assert_all_close(_on_cpu(losses_of(run(on_device, samples, "loss"))), losses)
    for one, other in zip(predict(on_device, samples), predict(on_cpu, samples), strict=True):
        assert_same(_on_cpu(one), other)


def _on_cpu(found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: values.cpu() for name, values in found.items()}


def compilation_changes_nothing(
    model: ConfigDict, backend: str = "eager", without: Collection[str] = ()
) -> None:
    """Each part is compiled as a single graph, with equal losses, gradients and predictions.

    Not one of :data:`CHECKS`, as it takes seconds.

    Args:
        model: Config of the model.
        backend: Backend of ``torch.compile``. The default one captures graphs and does not generate
            code.
        without: Names of the parts that cannot be compiled.
    """
    samples = eventful_samples(model)
    compiled, alone = (
        train_without_randomness(build_with_active_branches(model)) for _ in range(2)
    )
    torch._dynamo.reset()
    calls = compile_model(compiled, dict(backend=backend))
    for built in (compiled, alone):
        assert_gradients(built, of_every_task(model, eventful_samples))
    for (name, one), other in zip(compiled.named_parameters(), alone.parameters(), strict=True):
        if one.requires_grad:
            assert_close(one.grad, other.grad, f"the gradient of {name}", _SINGLE)
    losses = losses_of(run(alone, samples, "loss"))
    assert_all_close(losses_of(run(compiled, samples, "loss")), losses, _SINGLE)
    for built in (compiled, alone):
        built.eval()
    for one, wanted in zip(predict(compiled, samples), predict(alone, samples), strict=True):
        assert_same(one, wanted, _SINGLE)
    failed = [call.name for call in calls if call.failed]
    assert failed == list(without), f"not compiled: {failed}"
