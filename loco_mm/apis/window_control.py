"""Compares a model with adaptive windows to the same model with fixed windows."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from mmengine.runner import Runner
from torch import nn

from ..errors import InputError
from ..models.layers import WindowAttention


class WindowControl(NamedTuple):
    """Test results of a model with adaptive windows, and of its control.

    Attributes:
        adapted: Metrics of the model.
        fixed: Metrics with all adapters set to zero, which makes windows fixed.
        windows: Values logged by each :class:`WindowAttention`, by its name in the model, averaged
            over the batches of the test.
    """

    adapted: dict[str, float]
    fixed: dict[str, float]
    windows: dict[str, dict[str, float]]


def control_windows(runner: Runner) -> WindowControl:
    """Test a model twice: as it is, and with the adapters of its windows set to zero.

    Args:
        runner: A runner for a test that loads its checkpoint.

    Raises:
        InputError: The model has no adaptive windows.
    """
    layers = adaptive_layers(runner.model)
    if not layers:
        raise InputError("config: model: expected a WindowAttention with adaptive=True, got none")
    collected: dict[str, list[dict]] = {name: [] for name in layers}
    with ExitStack() as hooks:
        for name, layer in layers.items():
            hooks.enter_context(_watched(layer, collected[name]))
        adapted = runner.test()
    with zero_adapters(runner.model):
        fixed = runner.test()
    windows = {
        name: {key: float(torch.stack([x[key] for x in figures]).mean()) for key in figures[0]}
        for name, figures in collected.items()
    }
    return WindowControl(adapted, fixed, windows)


def adaptive_layers(model: nn.Module) -> dict[str, WindowAttention]:
    """Layers with adaptive windows, by their names in a model."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, WindowAttention) and module.adapter is not None
    }


@contextmanager
def zero_adapters(model: nn.Module) -> Iterator[None]:
    """Context in which all adapters output zeros, so that windows are fixed."""
    # The weights are not changed, as the EMA hook may exchange them at any time.
    adapters = [layer.get_submodule("adapter") for layer in adaptive_layers(model).values()]
    handles = [
        adapter.register_forward_hook(lambda _, inputs, found: torch.zeros_like(found))
        for adapter in adapters
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _watched(layer: WindowAttention, figures: list[dict]) -> Iterator[None]:
    """Collect the values that a layer logs about its windows."""
    handle = layer.register_forward_hook(lambda _, inputs, outputs: figures.append(outputs[1]))
    layer.watched = True
    try:
        yield
    finally:
        layer.watched = False
        handle.remove()
