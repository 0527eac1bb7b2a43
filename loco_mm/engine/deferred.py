"""Values of a training step that stay on the device until they are needed."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.hooks import CheckpointHook, LoggerHook, RuntimeInfoHook
from mmengine.model import ExponentialMovingAverage
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from ..arguments import checked
from ..ops import at_least_float32
from ..registry import HOOKS, MODELS, OPTIM_WRAPPERS

# Options that choose an implementation of an optimizer, not what it computes.
FORMS = ("foreach", "fused")


def single_wrappers(wrapper: Any) -> list[OptimWrapper]:
    """The wrappers of single optimizers: the parts of an ``OptimWrapperDict``, or the wrapper."""
    return list(wrapper.values()) if isinstance(wrapper, OptimWrapperDict) else [wrapper]


def values_are_due(runner: Runner, batch_idx: int) -> bool:
    """Whether the values of the last iterations are needed after this one.

    They are for the log, for a checkpoint, and at the end of an epoch and of the training.
    """
    for hook in runner.hooks:
        if isinstance(hook, LoggerHook) and hook.every_n_inner_iters(batch_idx, hook.interval):
            return True
        by_iter = isinstance(hook, CheckpointHook) and not hook.by_epoch
        if by_iter and hook.every_n_train_iters(runner, hook.interval, hook.save_begin):
            return True
    last = runner.iter + 1 == runner.max_iters
    return last or batch_idx + 1 == len(runner.train_dataloader)


def read_values(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """Read scalars from the device, all of them in a single transfer.

    Args:
        rows: Tensors of one element and numbers, by name.
    """
    tensors = [v.detach() for row in rows for v in row.values() if isinstance(v, Tensor)]
    flat = [at_least_float32(v).reshape(()) for v in tensors]
    found = iter(torch.stack(flat).tolist() if flat else [])
    return [
        {name: next(found) if isinstance(v, Tensor) else v for name, v in row.items()}
        for row in rows
    ]


@HOOKS.register_module()
class DeferredInfoHook(RuntimeInfoHook):
    """MMEngine's ``RuntimeInfoHook``, which reads losses from the device only when they are due.

    MMEngine's hook waits for the device in each iteration, once per loss. The history of the values
    is the same, see :func:`values_are_due`.
    """

    @checked
    def __init__(self) -> None:
        self._pending: list[dict[str, Any]] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the losses and the norm of the gradients, and pass all of them on when due."""
        norms = {}
        for part in single_wrappers(runner.optim_wrapper):
            if getattr(part, "grad_norm", None) is not None:
                norms[part.grad_name], part.grad_norm = part.grad_norm, None
        self._pending.append({**(outputs or {}), **norms})
        if values_are_due(runner, batch_idx):
            rows, self._pending = self._pending, []
            for row in read_values(rows):
                for name, value in row.items():
                    runner.message_hub.update_scalar(f"train/{name}", value)


@OPTIM_WRAPPERS.register_module()
class DeferredOptimWrapper(OptimWrapper):
    """MMEngine's wrapper, except that the norm of clipped gradients stays on the device.

    :class:`DeferredInfoHook` logs it. MMEngine's wrapper reads it in each step.

    Attributes:
        grad_norm (Tensor | None): () norm of the gradients of the last step before clipping.
    """

    clip_func: Any

    @checked
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.grad_norm: Tensor | None = None
        if self.clip_grad_kwargs:
            self._clip, self.clip_func = self.clip_func, self._clip_and_keep

    def load_state_dict(self, state_dict: dict) -> None:
        """Load the state of a checkpoint, but keep this run's implementation of the optimizer."""
        groups = self.optimizer.param_groups
        forms = [{n: group[n] for n in FORMS if n in group} for group in groups]
        super().load_state_dict(state_dict)
        for group, form in zip(self.optimizer.param_groups, forms, strict=True):
            group.update(form)

    def _clip_and_keep(self, *args, **kwargs) -> None:
        """Clip; the parent logs what is returned."""
        norm = self._clip(*args, **kwargs)
        self.grad_norm = norm.full_tensor() if isinstance(norm, DTensor) else norm


@MODELS.register_module()
class ForeachMovingAverage(ExponentialMovingAverage):
    """MMEngine's ``ExponentialMovingAverage`` in few operations that the host does not wait for.

    MMEngine's class runs one operation per parameter, and reads its number of steps from the device
    twice per step. Averages are bitwise the same, and so are the keys of a checkpoint.

    Args:
        *args: See :class:`mmengine.model.ExponentialMovingAverage`.
        **kwargs: See there.
    """

    @checked
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # Number of updates, on the host; None: it has to be read.
        self._count: int | None = 0

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._count = None

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Update the averages.

        Args:
            model: The model whose parameters are averaged.
        """
        if self._count is None:
            self._count = int(self.steps)
        every = model.state_dict() if self.update_buffers else dict(model.named_parameters())
        pairs = [(average, every[name]) for name, average in self.avg_parameters.items()]
        if self._count == 0:
            for average, source in pairs:
                average.data.copy_(source.data)
        elif self._count % self.interval == 0:
            floats = [pair for pair in pairs if pair[0].is_floating_point()]
            averages, sources = ([x.data for x in part] for part in zip(*floats, strict=True))
            sources = [x.to(average.device) for x, average in zip(sources, averages, strict=True)]
            torch._foreach_lerp_(averages, sources, self.momentum)
        if not self.update_buffers:
            copies, buffers = ([x.data for x in m.buffers()] for m in (self.module, model))
            if buffers:
                torch._foreach_copy_(copies, buffers)
        self.steps += 1
        self._count += 1
