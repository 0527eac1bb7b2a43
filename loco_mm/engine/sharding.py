"""Fully sharded data parallel training."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import broadcast, get_world_size, is_main_process
from mmengine.model import BaseAveragedModel
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from ..arguments import checked
from ..registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class FSDP2(nn.Module):
    """Shards a model over all processes with :func:`torch.distributed.fsdp.fully_shard`.

    Between two steps, each process keeps its part of parameters, optimizer state and averages only.
    Parameters are gathered for a forward and backward pass. Losses and gradients are those of
    ``MMDistributedDataParallel`` up to rounding, and checkpoints are the same: a run can be resumed
    with either, and with any number of processes.

    The model is sharded by :meth:`shard`, which :class:`CheckedRunner` calls after a checkpoint has
    been loaded. Without several processes MMEngine's runner does not wrap a model.

    Args:
        module: The model.
    """

    module: Any

    @checked
    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module
        # Names of parameters without dimensions, which cannot be sharded.
        self._scalars = frozenset(n for n, value in module.named_parameters() if not value.dim())
        for value in module.state_dict().values():
            broadcast(value)

    def shard(
        self, optimizers: Sequence[Optimizer] = (), averages: Sequence[BaseAveragedModel] = ()
    ) -> None:
        """Shard the model in place, once, with its optimizer and averages.

        Args:
            optimizers: Optimizers of the model's parameters, possibly with state.
            averages: Averages of the model, such as those of an ``EMAHook``.
        """
        names: dict[Tensor, str] = {
            parameter: name for name, parameter in self.module.named_parameters()
        }
        mesh = init_device_mesh(get_device().split(":")[0], (get_world_size(),))
        for model in (self.module, *(average.module for average in averages)):
            for name in self._scalars:
                parameter = model.get_parameter(name)
                parameter.data = parameter.data.reshape(1)
            fully_shard(model, mesh=mesh)
        for average in averages:
            module = average.module
            named = module.state_dict() if average.update_buffers else module.named_parameters()
            average.avg_parameters = dict(named)
        sharded: dict[str, Any] = dict(self.module.named_parameters())
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["params"] = [sharded[names[parameter]] for parameter in group["params"]]
            state = optimizer.state
            optimizer.state = defaultdict(dict)
            for parameter, values in state.items():
                new = sharded[names[parameter]]
                optimizer.state[new] = {
                    key: value if key == "step" else _like(value, new)
                    for key, value in values.items()
                }

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model."""
        return self.module(*args, **kwargs)

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Tensor]:
        """See :meth:`mmengine.model.BaseModel.train_step`."""
        return self.module.train_step(data, optim_wrapper)

    def val_step(self, data: Any) -> list:
        """See :meth:`mmengine.model.BaseModel.val_step`."""
        found = self.module.val_step(data)
        # They are otherwise kept for a backward pass.
        self.module.reshard()
        return found

    def test_step(self, data: Any) -> list:
        """See :meth:`mmengine.model.BaseModel.test_step`."""
        return self.val_step(data)

    @contextmanager
    def whole_states(
        self, optimizers: Sequence[Optimizer], averages: Sequence[BaseAveragedModel]
    ) -> Iterator[None]:
        """Let state dicts have whole tensors on the CPU, as of a model that is not sharded.

        All processes have to make the same state dicts. Those of other processes than the main one
        have empty tensors.

        Args:
            optimizers: As in :meth:`shard`.
            averages: As in :meth:`shard`.
        """
        scalars = {self.module.get_parameter(name) for name in self._scalars}
        with ExitStack() as stack:
            for model in (self.module, *(average.module for average in averages)):
                gather = partial(_gather_weights, scalars=self._scalars)
                handle = model.register_state_dict_post_hook(gather)
                stack.callback(handle.remove)
            for optimizer in optimizers:
                gather = partial(_gather_optimizer, scalars=scalars)
                handle = optimizer.register_state_dict_post_hook(gather)
                stack.callback(handle.remove)
            yield


def _like(value: Any, parameter: DTensor) -> Any:
    """Shard a value of an optimizer's state, if it has an element for each one of its parameter."""
    if not isinstance(value, Tensor) or value.numel() != parameter.numel():
        return value
    mesh, placements = parameter.device_mesh, parameter.placements
    # All processes have loaded the same values, so that none has to send them.
    return distribute_tensor(value.reshape(parameter.shape), mesh, placements, src_data_rank=None)


def _whole(value: DTensor, is_scalar: bool) -> Tensor:
    """The whole tensor on the CPU for the main process, an empty one for others."""
    found = value.full_tensor()
    if not is_main_process():
        return torch.empty(0)
    return found.reshape(()).cpu() if is_scalar else found.cpu()


def _gather_weights(
    module: nn.Module, state: dict, prefix: str, local_metadata: Mapping, scalars: frozenset[str]
) -> None:
    for name, value in state.items():
        if isinstance(value, DTensor):
            state[name] = _whole(value, name.removeprefix(prefix) in scalars)


def _gather_optimizer(optimizer: Optimizer, state: dict, scalars: set[nn.Parameter]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for number, values in state["state"].items():
        is_scalar = parameters[number] in scalars
        # A new dict, as the old one is the optimizer's own.
        state["state"][number] = {
            key: _whole(value, is_scalar) if isinstance(value, DTensor) else value
            for key, value in values.items()
        }
