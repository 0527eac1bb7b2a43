"""MMEngine's runner, with compilation and activation checkpointing of this package's models."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn
from torch.utils.checkpoint import checkpoint

from ..errors import InputError
from ..models.localizers import BaseAVModel
from ..text import suggestion
from .compiling import compile_parts


class CompilingRunner(Runner):
    """Compiles a model part by part, for the config's ``compile``; others as MMEngine does.

    With ``activation_checkpointing``, modules recompute their activations in the backward pass.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        self._is_compiled = False
        super().__init__(*args, **kwargs)

    def train(self) -> nn.Module:
        """See :meth:`mmengine.runner.Runner.train`.

        Raises:
            InputError: ``activation_checkpointing`` names a module that the model does not have.
        """
        modules = dict(self._bare_model.named_modules())
        for name in self._checkpointed:
            if name not in modules:
                raise InputError(
                    "activation_checkpointing: expected names of modules of the model, got "
                    f"{name!r}{suggestion(name, modules)}"
                )
        return super().train()

    @property
    def _bare_model(self) -> Any:
        return self.model.module if is_model_wrapper(self.model) else self.model

    @property
    def _checkpointed(self) -> Sequence[str]:
        names = self.cfg.get("activation_checkpointing") or ()
        return [names] if isinstance(names, str) else names

    def _maybe_compile(self, target: str) -> None:
        """MMEngine calls this before the first step of a loop."""
        model = self._bare_model
        for name in self._checkpointed if target == "train_step" else ():
            # MMEngine's own function accepts neither keyword arguments nor compilation.
            part = model.get_submodule(name)
            part.forward = partial(
                checkpoint, partial(type(part).forward, part), use_reentrant=False
            )
        if not isinstance(model, BaseAVModel):
            super()._maybe_compile(target)
        elif self.cfg.get("compile") and not self._is_compiled:
            self._is_compiled = True
            compile_parts(model, self.cfg.compile, self.work_dir, self.optim_wrapper)
