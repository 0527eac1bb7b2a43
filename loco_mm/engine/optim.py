"""Optimizer configs, and mixed precision where MMEngine's own wrapper refuses to run."""

import logging
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any, Literal

import torch
from mmaction.registry import OPTIMIZERS
from mmengine.device import get_device
from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor
from pydantic import PositiveFloat
from torch import nn

from ..arguments import check_values, closed_arguments, types_of
from ..errors import InputError
from ..registry import (
    OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS,
    building,
    check_keys,
    check_part,
)
from ..text import suggestion
from .deferred import FORMS, DeferredOptimWrapper

# Keys that MMEngine reads. It ignores others silently, and checks some values late.
_CLIP_GRAD = types_of(
    dict(
        type=Literal["norm", "value"],
        max_norm=PositiveFloat,
        norm_type=PositiveFloat,
        clip_value=PositiveFloat,
        error_if_nonfinite=bool,
        foreach=bool | None,
    )
)
_PARAMWISE = {
    *("custom_keys", "norm_decay_mult", "bias_decay_mult", "bias_lr_mult", "dwconv_decay_mult"),
    *("flat_decay_mult", "dcn_offset_lr_mult", "bypass_duplicate"),
}
# Constructors that read ``paramwise_cfg``; the first is the default.
_CONSTRUCTORS = ("DefaultOptimWrapperConstructor", "GroupedOptimWrapperConstructor")


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(DeferredOptimWrapper):
    """Runs the forward pass under bfloat16 autocast on any device, without a loss scaler.

    bfloat16 has the range of float32, so that gradients need no scaling.
    """

    @contextmanager
    def optim_context(self, model: nn.Module):
        """Forward context of a training step: autocast, and gradient accumulation as usual."""
        with (
            super().optim_context(model),
            torch.autocast(get_device().split(":")[0], dtype=torch.bfloat16),
        ):
            yield


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """MMEngine's constructor, with one group for all parameters of equal options.

    With ``paramwise_cfg`` MMEngine's makes one group per parameter. An optimizer then runs its
    operations for each parameter, also a fused one.
    """

    def add_params(
        self, params: list[dict], module: nn.Module, prefix: str = "", **kwargs: Any
    ) -> None:
        """See :meth:`mmengine.optim.DefaultOptimWrapperConstructor.add_params`."""
        super().add_params(params, module, prefix, **kwargs)
        if prefix:
            return  # of a submodule
        merged: list[dict] = []
        for group in params:
            options = {**group, "params": None}
            same = next((one for one in merged if {**one, "params": None} == options), None)
            if same is None:
                merged.append(group)
            else:
                same["params"] += group["params"]
        params[:] = merged


def fused_on_gpu(config: Mapping, model: nn.Module) -> dict:
    """The config of an optimizer wrapper, with ``fused=True`` for its optimizer on a GPU.

    A fused optimizer updates all weights of a group in a few kernels.

    Args:
        config: The config's ``optim_wrapper``.
        model: The model to be optimized.

    Returns:
        dict: The same config where the model is not on a GPU, the optimizer has no fused form, or
        its config chooses a form.
    """
    on_gpu = any(parameter.is_cuda for parameter in model.parameters())
    optimizer = config.get("optimizer")
    if not on_gpu or not isinstance(optimizer, Mapping):
        return dict(config)
    known = closed_arguments(OPTIMIZERS.get(optimizer["type"])) or set()
    if "fused" not in known or {*FORMS, "differentiable"} & set(optimizer):
        return dict(config)
    return {**config, "optimizer": {**optimizer, "fused": True}}


def check_optimizer(config: Mapping, model: nn.Module) -> None:
    """Check the config of an optimizer wrapper where MMEngine does not.

    Args:
        config: The config's ``optim_wrapper``.
        model: The model to be optimized.

    Raises:
        InputError: A key is unknown, or a value is wrong.
    """
    of_constructor = {"constructor", "paramwise_cfg"}
    check_part(OPTIM_WRAPPERS, {"type": "OptimWrapper", **config}, known=of_constructor)
    with building("clip_grad"):
        clip = config.get("clip_grad") or {}
        check_keys(clip, _CLIP_GRAD)
        check_values("", _CLIP_GRAD, clip)
    if config.get("constructor", _CONSTRUCTORS[0]) not in _CONSTRUCTORS:
        return  # a custom constructor, such as for several optimizers, reads its own keys
    optimizer: Any = config.get("optimizer")
    with building("optimizer", optimizer):
        kind = check_part(OPTIMIZERS, optimizer)
        # Any parameter reveals values that are out of range.
        OPTIMIZERS.build({**optimizer, "params": [nn.Parameter(torch.zeros(1))]})
    with building("paramwise_cfg"):
        known = {"lr_mult", "decay_mult"} | (closed_arguments(kind) or set())
        _check_paramwise(config.get("paramwise_cfg") or {}, known, model)


def _check_paramwise(config: Mapping, known: set[str], model: nn.Module) -> None:
    """Check ``custom_keys``: each should be part of a parameter name.

    A key that matches nothing is accepted, as recipes are shared by models, unless it looks like a
    misspelled part of a name.

    Raises:
        InputError: A key is unknown or seems misspelled.
    """
    check_keys(config, _PARAMWISE)
    names = [name for name, _ in model.named_parameters()]
    for key, settings in (config.get("custom_keys") or {}).items():
        with building(f"custom_keys.{key}"):
            check_keys(settings, known)
        if not any(key in name for name in names):
            close = suggestion(key, {part for name in names for part in name.split(".")})
            text = f"custom_keys.{key}: no parameter name contains it{close}"
            if close:
                raise InputError(f".{text}")
            print_log(f"optim_wrapper.paramwise_cfg.{text}", "current", logging.WARNING)
