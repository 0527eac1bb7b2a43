"""A localizer for several tasks.

Shape letters: B batch, T grid steps.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from mmengine.config import ConfigDict
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ...errors import InputError
from ...registry import MODELS, build_part
from ..data_preprocessor import AVDataPreprocessor
from .av_localizer import AVLocalizer

# Prefix of the parameters of the other tasks.
OTHERS = "others."


@MODELS.register_module()
class MultiTaskLocalizer(AVLocalizer):
    """One network for several tasks, each with its own classes, head and data.

    It is an :class:`AVLocalizer` of the first task and can be used as such: its weights load into
    the config of that task alone. For each other task it contains another localizer that shares
    all parameters except those in ``own_parts``. All samples of a batch belong to one task, given
    by their ``task`` (set by :class:`MultiTaskDataset`); samples without it are of the first task.

    Source: UniAV (Geng et al., arXiv 2404.03179), whose blocks have a norm and an MLP (expert)
    per task, and whose head has one output layer of offsets per task.

    Args:
        max_len: Grid steps T of a full training sequence of the first task.
        tasks: Changes to the config of the model for each other task, by name, for example
            ``dict(max_len=64, head=dict(num_classes=10))``.
        name: Name of the first task.
        own_parts: Names of modules that each task has for itself.
        **kwargs: See :class:`AVLocalizer`.

    Raises:
        InputError: A shared module has other sizes in a task.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        tasks: dict[str, dict],
        name: str = "events",
        own_parts: Sequence[str] = ("mlp", "mlp_norm", "reg_tower.output"),
        **kwargs,
    ):
        own = dict(max_len=max_len, **deepcopy(kwargs))
        kwargs["data_preprocessor"] = {
            **(kwargs.get("data_preprocessor") or {}),
            "type": "TaskPreprocessor",
        }
        super().__init__(max_len=max_len, **kwargs)
        self.name = name
        self.others = nn.ModuleDict()
        for other, changes in tasks.items():
            config = task_config(dict(own, type="AVLocalizer"), changes)
            model = build_part(MODELS, config, f"tasks.{other}")
            _share(self, model, own_parts, f"model.tasks.{other}")
            self.others[other] = model
            self.data_preprocessor.others[other] = model.data_preprocessor

    def forward(
        self, inputs: dict[str, Tensor], data_samples: list | None = None, mode: str = "tensor"
    ):
        """Run the network of the batch's task, see :meth:`BaseAVModel.forward`.

        Returns:
            As there; losses and logged values have the name of the task as prefix.
        """
        task = task_of(data_samples or [], self.others)
        if task is None:
            found = super().forward(inputs, data_samples, mode)
        else:
            found = self.others[task](inputs, data_samples, mode)
        if mode != "loss":
            return found
        return {f"{task or self.name}/{figure}": value for figure, value in found.items()}


@MODELS.register_module()
class TaskPreprocessor(AVDataPreprocessor):
    """The preprocessor of the first task, which passes batches of other tasks to theirs.

    Args:
        **kwargs: See :class:`AVDataPreprocessor`.
    """

    @checked
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.others = nn.ModuleDict()

    def forward(self, data: dict, training: bool = False) -> dict:
        """See :meth:`AVDataPreprocessor.forward`."""
        task = task_of(data.get("data_samples") or [], self.others)
        if task is not None:
            return self.others[task](data, training)
        return super().forward(data, training)


def task_of(data_samples: Sequence, others: nn.ModuleDict) -> str | None:
    """The task of a batch; None for the first task.

    Args:
        data_samples (Sequence[ActionDataSample]): Samples of the batch.
        others (ModuleDict): Models of the other tasks.

    Raises:
        InputError: The samples belong to several tasks.
    """
    found = {sample.get("task") for sample in data_samples}
    if len(found) > 1:
        raise InputError(
            f"expected a batch of one task, got {', '.join(sorted(map(str, found)))}: "
            "give the loader a batch_sampler=dict(type='TaskBatchSampler')"
        )
    task = found.pop() if found else None
    return task if task is not None and task in others else None


def task_config(model: dict, changes: dict) -> ConfigDict:
    """The config of a model with changes merged into it."""
    found = ConfigDict(deepcopy(model))
    found.update(deepcopy(changes))
    return found


def _share(source: nn.Module, target: nn.Module, own_parts: Sequence[str], where: str) -> None:
    """Share the parameters of another model, except those of some modules.

    Shared parameters are plain attributes here: they are registered once, in the other model.
    """
    given: dict[str, Any] = dict(source.named_parameters())
    for place, module in target.named_modules():
        for name, value in list(module.named_parameters(recurse=False)):
            path = f"{place}.{name}"
            if any(f".{part}." in f".{path}." for part in own_parts):
                continue
            shape = tuple(value.shape)
            if path not in given or tuple(given[path].shape) != shape:
                found = f"{path} {shape}"
                shared = tuple(given[path].shape) if path in given else "nothing"
                raise InputError(
                    f"{where}: expected {shared}, as in the first task, got {found}: the tasks "
                    f"share all but {', '.join(own_parts)} (model.own_parts)"
                )
            del module._parameters[name]
            object.__setattr__(module, name, given[path])
