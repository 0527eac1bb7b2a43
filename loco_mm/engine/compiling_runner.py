"""MMEngine's runner, with sharding, compilation and activation checkpointing of models."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from mmengine.hooks import EMAHook
from mmengine.model import BaseAveragedModel, is_model_wrapper
from mmengine.optim import BaseOptimWrapper
from mmengine.runner import Runner
from torch.optim import Optimizer
from torch.utils.checkpoint import checkpoint

from ..errors import InputError
from ..models.localizers import BaseAVModel
from ..text import suggestion
from .compiling import check_compile, compile_parts
from .deferred import single_wrappers
from .sharding import FSDP2


class CompilingRunner(Runner):
    """Compiles a model part by part, for the config's ``compile``; others as MMEngine does.

    With ``activation_checkpointing``, modules recompute their activations in the backward pass.

    Raises:
        InputError: ``compile`` has an unknown key or a wrong value, or ``activation_checkpointing``
            names a module that the model does not have.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        # Whether modules are checkpointed and compiled.
        self._is_prepared = False
        super().__init__(*args, **kwargs)
        if isinstance(self._bare_model, BaseAVModel):
            check_compile(self.cfg.get("compile"))
        modules = dict(self._bare_model.named_modules())
        for name in self._checkpointed:
            if name not in modules:
                raise InputError(
                    "activation_checkpointing: expected names of modules of the model, got "
                    f"{name!r}{suggestion(name, modules)}"
                )

    @property
    def _bare_model(self) -> Any:
        return self.model.module if is_model_wrapper(self.model) else self.model

    @property
    def is_sharded(self) -> bool:
        """Whether the model is sharded over processes."""
        return isinstance(self.model, FSDP2)

    def whole_states(self) -> AbstractContextManager:
        """Context in which the state dicts of a sharded model, on all processes, are whole."""
        if not self.is_sharded:
            return nullcontext()
        return self.model.whole_states(self._optimizers, self._averages)

    @property
    def _optimizers(self) -> list[Optimizer]:
        wrapper = self.optim_wrapper
        is_built = isinstance(wrapper, BaseOptimWrapper)
        return [part.optimizer for part in single_wrappers(wrapper)] if is_built else []

    @property
    def _averages(self) -> list[BaseAveragedModel]:
        return [hook.ema_model for hook in self.hooks if isinstance(hook, EMAHook)]

    @property
    def _checkpointed(self) -> Sequence[str]:
        names = self.cfg.get("activation_checkpointing") or ()
        return [names] if isinstance(names, str) else names

    def load_or_resume(self) -> None:
        """See :meth:`mmengine.runner.Runner.load_or_resume`.

        It is called before the first step of training, validation and test, when hooks have copied
        the model: a copy must not call the compiled parts of the original.
        """
        super().load_or_resume()
        if self._is_prepared:
            return
        self._is_prepared, model = True, self._bare_model
        if self.is_sharded:
            self.model.shard(self._optimizers, self._averages)
        for name in self._checkpointed:
            # MMEngine's own function accepts neither keyword arguments nor compilation.
            part = model.get_submodule(name)
            forward = partial(type(part).forward, part)
            part.forward = partial(checkpoint, forward, use_reentrant=False)
        config = self.cfg.get("compile")
        if config not in (None, False) and isinstance(model, BaseAVModel):
            compile_parts(model, config, self.work_dir, self.optim_wrapper)

    def _maybe_compile(self, target: str) -> None:
        # MMEngine compiles a training step as a whole.
        if not isinstance(self._bare_model, BaseAVModel):
            super()._maybe_compile(target)
