"""Compilation of a model by ``torch.compile``, part by part.

Parts are compiled separately, so that one that cannot be compiled does not affect the others.
"""

import functools
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import torch
from mmengine.logging import print_log
from torch import Tensor, nn
from torch._functorch import config as autograd_config
from torch.utils._pytree import tree_leaves, tree_map_only

from ..arguments import check_values, types_of
from ..errors import InputError
from ..models.data_preprocessor import AVDataPreprocessor
from ..models.features import Features
from ..models.heads import BaseAVHead
from ..models.localizers import BaseAVModel
from ..registry import building, check_keys
from ..text import suggestion
from .deferred import single_wrappers

Mode = Literal["default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
# Modes that record CUDA graphs, whose outputs the next step overwrites.
_GRAPH_MODES = ("reduce-overhead", "max-autotune")
_KEYS = types_of(dict(mode=Mode | None, backend=str, options=dict | None))


class CompiledCall:
    """A function of a part, compiled for the first sizes of its inputs.

    Each size is compiled at its first call, forward and backward pass together, as a single graph.
    If that fails, the function is called as it is from then on, after a warning.

    Args:
        name: Name of the part, for messages.
        part: The part.
        call: The function.
        options: Arguments of :func:`torch.compile`.

    Attributes:
        seconds (float): Time that compilation has taken so far.
        failed (bool): Whether the function could not be compiled.
    """

    # Each mode, training and evaluation, is compiled for at most this many sizes: batches of
    # max_len steps, the last batch of a split, and two more. Others, as of long videos, would each
    # take a compilation.
    MAX_SIZES = 4

    def __init__(self, name: str, part: nn.Module, call: Callable, options: Mapping[str, Any]):
        self.name = name
        self.part = part
        self.call = call
        self.seconds = 0.0
        self.failed = False
        self._sizes: dict[bool, set] = {True: set(), False: set()}
        self._compiled = torch.compile(call, fullgraph=True, dynamic=False, **options)
        self._clones = options.get("mode") in _GRAPH_MODES

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, compiled if possible."""
        sizes = self._sizes[self.part.training]
        size = self._size(args, kwargs)
        is_new = size not in sizes
        if self.failed or (is_new and len(sizes) == self.MAX_SIZES):
            return self.call(*args, **kwargs)
        started = time.perf_counter()
        try:
            with _with_backward() if is_new else nullcontext():
                found = self._compiled(*args, **kwargs)
        except Exception as error:
            # An error of the function itself is raised again here.
            found = self.call(*args, **kwargs)
            self._give_up(error)
            return found
        if is_new:
            sizes.add(size)
            self._report(time.perf_counter() - started)
        if self._clones and not self.part.training:
            # Predictions of several windows or batches may be needed together.
            found = tree_map_only(Tensor, torch.clone, found)
        return found

    @staticmethod
    def _size(args: tuple, kwargs: dict) -> tuple:
        given = [vars(x) if isinstance(x, Features) else x for x in (*args, *kwargs.values())]
        tensors = [x for x in tree_leaves(given) if isinstance(x, Tensor)]
        kind = tensors[0].device.type if tensors else "cpu"
        cast = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        return torch.is_grad_enabled(), cast, *((x.shape, x.dtype) for x in tensors)

    def _report(self, seconds: float) -> None:
        self.seconds += seconds
        mode = "training" if self.part.training else "evaluation"
        print_log(f"compile: {self.name} for {mode}, {seconds:.1f} s", "current")

    def _give_up(self, error: Exception) -> None:
        self.failed = True
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        print_log(
            f"compile: {self.name}: expected one graph, got {type(error).__name__}: {reason}: it "
            "is not compiled",
            "current",
            logging.WARNING,
        )


def _with_backward() -> Any:
    """Context in which the backward pass is compiled with the forward pass.

    It is otherwise compiled when it first runs, too late to fall back.
    """
    return autograd_config.patch(force_non_lazy_backward_lowering=True)


def check_compile(config: bool | Mapping | None) -> None:
    """Check the config's ``compile``.

    Args:
        config: True, or the arguments ``mode``, ``backend`` and ``options`` of
            :func:`torch.compile`.

    Raises:
        InputError: A key is unknown, or a value is wrong.
    """
    if not isinstance(config, Mapping):
        return
    with building("compile"):
        check_keys(config, _KEYS)
        check_values("", _KEYS, dict(config))
    if config.get("mode") and config.get("options"):
        raise InputError("compile: expected mode or options, got both: a mode is a set of options")
    known = torch.compiler.list_backends(exclude_tags=())
    backend = config.get("backend", "inductor")
    if backend not in known:
        raise InputError(
            f"compile.backend: expected one of {', '.join(sorted(known))}, got {backend!r}"
            f"{suggestion(backend, known)}"
        )


def compile_parts(
    model: BaseAVModel, config: bool | Mapping, work_dir: str, optim_wrapper: Any = None
) -> None:
    """Compile a model for a run.

    Args:
        model: The model.
        config: The config's ``compile``.
        work_dir: Folder of the run. The compiler's cache is kept in it, unless the environment
            variable ``TORCHINDUCTOR_CACHE_DIR`` is set.
        optim_wrapper (OptimWrapper | None): Of a training.
    """
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(Path(work_dir, "compile_cache")))
    options = dict(config) if isinstance(config, Mapping) else {}
    calls = compile_model(model, options)
    print_log(f"compile: {len(calls)} functions, each at its first call", "current")
    if options.get("mode") not in _GRAPH_MODES:
        return
    for wrapper in single_wrappers(optim_wrapper):
        if getattr(wrapper, "_accumulative_counts", 1) == 1:
            continue
        # Gradients that are kept for the next step must not be in the memory of the graphs.
        for group in wrapper.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.zeros_like(parameter)
        wrapper.zero_grad = functools.partial(wrapper.optimizer.zero_grad, set_to_none=False)


def compile_model(model: BaseAVModel, options: Mapping[str, Any]) -> list[CompiledCall]:
    """Compile the parts of a model, and the losses of its heads, at their first calls.

    The calls are replaced in place. Parameters, their names and their values stay as they are. Test
    batches are padded to ``max_len``, so that one size is compiled for them.

    Args:
        model: The model.
        options: Arguments of :func:`torch.compile`: ``mode``, ``backend`` and ``options``.
    """
    calls: list[CompiledCall] = []
    for module in model.modules():
        if isinstance(module, AVDataPreprocessor):
            module.test_lengths = 1

    def replace(name: str, part: Any, method: str) -> None:
        call = CompiledCall(name, part, getattr(part, method), options)
        setattr(part, method, call)
        calls.append(call)

    for name, part in _parts(model):
        replace(name, part, "forward")
        if isinstance(part, BaseAVHead) and type(part).loss_by_feat is BaseAVHead.loss_by_feat:
            replace(f"{name}.loss_by_truth", part, "loss_by_truth")
    # Otherwise large parts are split so that the reduction of gradients overlaps with the backward
    # pass, and must not contain checkpoints. It overlaps part by part already.
    torch._dynamo.config.optimize_ddp = False
    # Parts of one class share what the compiler counts.
    limit = 2 * CompiledCall.MAX_SIZES * len(calls)
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, limit)
    if options.get("mode") in _GRAPH_MODES:
        model.register_forward_pre_hook(_start_step)
    return calls


def _start_step(*_: Any) -> None:
    """Allow CUDA graphs to overwrite what the last step has computed."""
    torch.compiler.cudagraph_mark_step_begin()


def _parts(model: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Parts of a model by name: the modules that its config's slots describe."""
    for name, part in model.named_children():
        if isinstance(part, (nn.ModuleDict, nn.ModuleList, BaseAVModel)):
            yield from _parts(part, f"{prefix}{name}.")
        elif name != "data_preprocessor":
            yield prefix + name, part
