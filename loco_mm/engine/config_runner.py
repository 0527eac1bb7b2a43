"""MMEngine's runner, with errors that name the config key that caused them."""

import functools
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Annotated, Any, Literal

import torch
from mmaction.registry import LOOPS
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner, get_priority
from torch import nn
from torch.utils.data import DataLoader

from ..arguments import check_arguments, check_values, expecting, types_of
from ..datasets import MultiTaskDataset
from ..datasets.wrappers import NumberedDataset, inner_datasets
from ..errors import InputError
from ..registry import (
    DATASETS,
    HOOKS,
    METRICS,
    MODELS,
    build_part,
    building,
    check_keys,
    check_part,
    is_of_toolbox,
)
from ..schema import show
from .compiling_runner import CompilingRunner
from .fit import check_fit
from .optim import check_optimizer, fused_on_gpu
from .schedules import begins_too_late, short_warmup

# Methods of MMEngine's runner, and the config key that each of them builds.
_METHODS = {
    "setup_env": "env_cfg",
    "set_randomness": "randomness",
    "build_logger": "log_level",
    "build_log_processor": "log_processor",
    "build_visualizer": "visualizer",
    "wrap_model": "model_wrapper_cfg",
    "scale_lr": "auto_scale_lr",
}
_USES = {
    "train": ("train_dataloader", "train_cfg", "optim_wrapper"),
    "validate": ("val_dataloader", "val_cfg", "val_evaluator"),
    "test": ("test_dataloader", "test_cfg", "test_evaluator"),
}
# Keys that MMEngine reads from dicts without a type; it silently ignores all others.
_KNOWN = {
    "env_cfg": {"cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"},
    "auto_scale_lr": {"enable", "base_batch_size"},
}
# Types in addition to the annotations of MMEngine's runner.
_TYPES = types_of(
    dict(
        log_level=Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        custom_hooks=Sequence[Any] | None,
        sync_bn=Literal["torch", "mmcv"] | None,
        compile=Annotated[
            Any, expecting("True, False or a dict", lambda v: isinstance(v, (bool, dict)))
        ],
        activation_checkpointing=str | Sequence[str] | None,
    )
)


class ConfigRunner(CompilingRunner):
    """MMEngine's runner, with a config check for each part.

    Bad values raise an :class:`InputError` with the dotted key. Values that must match each other
    are checked when the runner is built; values of a single part, when that part is built.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        self._hook_configs: dict[Hook, tuple[str, dict]] = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def from_cfg(cls, cfg: Config | dict) -> Runner:
        """See :meth:`mmengine.runner.Runner.from_cfg`.

        Raises:
            InputError: A value is wrong, or does not match another one.
        """
        content = dict(cfg.items())
        with building(""):
            check_arguments(Runner, content, owner="")
            check_values("", _TYPES, content)
            for use, keys in _USES.items():
                missing = [key for key in keys if cfg.get(key) is None]
                if missing and len(missing) < len(keys):
                    raise InputError(
                        f"{', '.join(missing)}: expected a dict, to {use} with {', '.join(keys)}, "
                        "got None: set all of them, or none"
                    )
            for key, known in _KNOWN.items():
                with building(key):
                    check_keys(cfg.get(key) or {}, known)
            check_fit(cfg)
            return super().from_cfg(cfg)

    def build_model(self, model: nn.Module | dict) -> nn.Module:
        """See :meth:`mmengine.runner.Runner.build_model`."""
        return model if isinstance(model, nn.Module) else build_part(MODELS, model, "model")

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        """See :meth:`mmengine.runner.Runner.register_default_hooks`.

        None disables any default hook, as in ``default_hooks.ema=None``, not only MMEngine's own.
        """
        known = ("runtime_info", "timer", "sampler_seed", "logger", "param_scheduler", "checkpoint")
        given = {
            name: hook and self._build_hook(f"default_hooks.{name}", hook)
            for name, hook in (hooks or {}).items()
            if hook is not None or name in known
        }
        super().register_default_hooks(given)

    def register_custom_hooks(self, hooks: list) -> None:
        """See :meth:`mmengine.runner.Runner.register_custom_hooks`."""
        super().register_custom_hooks(
            [self._build_hook(f"custom_hooks.{n}", hook) for n, hook in enumerate(hooks)]
        )

    def _build_hook(self, key: str, config: Hook | dict) -> Hook:
        if isinstance(config, Hook):
            return config
        config, priority = copy(config), None
        if isinstance(config, dict):
            priority = config.pop("priority", None)
        hook = build_part(HOOKS, config, key)
        if priority is not None:
            with building(f"{key}.priority", priority):
                get_priority(priority)
            hook.priority = priority
        self._hook_configs[hook] = key, config
        return hook

    def call_hook(self, fn_name: str, **kwargs) -> None:
        """See :meth:`mmengine.runner.Runner.call_hook`."""
        if fn_name != "before_run":
            super().call_hook(fn_name, **kwargs)
            return
        # Some hooks build parts here, such as the averaged model.
        for hook in self._hooks:
            if is_of_toolbox(type(hook)):
                with building(*self._hook_configs.get(hook, (type(hook).__name__,))):
                    hook.before_run(self)
            elif hasattr(hook, fn_name):
                hook.before_run(self)

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """See :meth:`mmengine.runner.Runner.build_optim_wrapper`.

        Raises:
            InputError: A key is unknown, or a value is wrong.
        """
        with building("optim_wrapper", optim_wrapper):
            if isinstance(optim_wrapper, Mapping):
                check_optimizer(optim_wrapper, self.model)
                optim_wrapper = fused_on_gpu(optim_wrapper, self.model)
            return super().build_optim_wrapper(optim_wrapper)

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """See :meth:`mmengine.runner.Runner.build_param_scheduler`.

        A warm-up takes at most half of the training but always an epoch, and schedulers that begin
        after the last epoch are dropped, so that ``train_cfg.max_epochs`` can be lowered alone.
        """
        if not isinstance(scheduler, (list, tuple)):
            with building("param_scheduler", scheduler):
                return super().build_param_scheduler(scheduler)
        built = []
        for number, config in enumerate(short_warmup(scheduler, self)):
            with building(f"param_scheduler.{number}", config):
                if not begins_too_late(config, self.train_loop):
                    built += super().build_param_scheduler(config)
        return built

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """See :meth:`mmengine.runner.Runner.build_train_loop`.

        Raises:
            InputError: An epoch has no batches.
        """
        built = self._build_loop("train", loop, super().build_train_loop)
        if not len(built.dataloader):
            raise InputError(
                f"train_dataloader: an epoch of {len(built.dataloader.dataset)} videos has no "
                f"batch of {built.dataloader.batch_size}: lower batch_size, or set drop_last=False"
            )
        return built

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """See :meth:`mmengine.runner.Runner.build_val_loop`."""
        return self._build_loop("val", loop, super().build_val_loop)

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """See :meth:`mmengine.runner.Runner.build_test_loop`."""
        return self._build_loop("test", loop, super().build_test_loop)

    def _build_loop(self, split: str, loop: BaseLoop | dict, build: Callable) -> BaseLoop:
        """Build data loader and metrics first, so that errors name their keys; then the loop."""
        if isinstance(loop, BaseLoop):
            return loop
        with building(f"{split}_cfg", loop):
            if "type" in loop:
                check_part(LOOPS, loop)
        loader, evaluator = f"_{split}_dataloader", f"_{split}_evaluator"
        # In this order: a metric refuses to overwrite files that the datasets have read.
        setattr(self, loader, self._build_loader(loader[1:], getattr(self, loader)))
        if split != "train":
            setattr(self, evaluator, _build_metrics(evaluator[1:], getattr(self, evaluator)))
        with building(f"{split}_cfg", loop):
            return build(loop)

    def _build_loader(self, key: str, loader: DataLoader | dict) -> DataLoader:
        if isinstance(loader, DataLoader):
            return loader
        with building(key, loader):
            dataset = loader.get("dataset")
            if not isinstance(dataset, Mapping):
                raise InputError(f".dataset: expected a dict with a 'type', got {show(dataset)}")
            check_arguments(DataLoader, loader, owner="")
            # MMEngine would deep-copy the dataset with its config.
            make = functools.partial(_build_dataset, dataset)
            usual = dict(collate_fn=dict(type="collate_av"), pin_memory=torch.cuda.is_available())
            return self.build_dataloader(
                {**usual, **loader, "dataset": dict(type=make)},
                seed=self.seed,
                diff_rank_seed=self._randomness_cfg.get("diff_rank_seed", False),
            )


def _build_dataset(config: Mapping) -> Any:
    with building("dataset", config):
        dataset = build_part(DATASETS, config, "")
        if hasattr(dataset, "full_init"):
            dataset.full_init()
        # Such a wrapper indexes its samples itself.
        if isinstance(dataset, MultiTaskDataset) or list(inner_datasets(dataset)) == [dataset]:
            return dataset
        return NumberedDataset(dataset)


def _build_metrics(key: str, evaluator: Any) -> Any:
    """Build the metrics of a split, from which MMEngine makes an evaluator."""
    if isinstance(evaluator, Evaluator):
        return evaluator
    if isinstance(evaluator, Mapping):
        return evaluator if "metrics" in evaluator else [build_part(METRICS, evaluator, key)]
    if not isinstance(evaluator, (list, tuple)):
        raise InputError(f"{key}: expected a dict or a list of dicts, got {show(evaluator)}")
    return [
        build_part(METRICS, part, f"{key}.{n}") if isinstance(part, Mapping) else part
        for n, part in enumerate(evaluator)
    ]


def _naming(method: str, key: str) -> Any:
    """Wrap a method of MMEngine's runner so that errors name the config key it builds."""
    original = getattr(Runner, method)

    @functools.wraps(original)
    def naming(self, *args, **kwargs):
        config = next((one for one in args if isinstance(one, (dict, str))), kwargs)
        with building(key, config):
            return original(self, *args, **kwargs)

    return naming


for _method, _key in _METHODS.items():
    setattr(ConfigRunner, _method, _naming(_method, _key))
