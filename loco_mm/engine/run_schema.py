"""What a run's config must be, apart from what its parts say themselves.

MMEngine reads these values without a check, some of them long after the start.
"""

from importlib.util import find_spec
from typing import Annotated, Any, Literal

from mmengine.config import Config
from mmengine.registry import MODELS
from pydantic import TypeAdapter

from ..arguments import (
    Count,
    Finite,
    Index,
    Names,
    Part,
    Positive,
    PositiveShare,
    Share,
    Weight,
    expecting,
)
from ..errors import InputError
from ..schema import Schema, conform
from .config_keys import check_keys, node_at

# MMEngine's own, of one optimizer.
CONSTRUCTOR = "DefaultOptimWrapperConstructor"


def _count_or_minus_one(meaning: str) -> Any:
    return expecting(f"1 or more, or -1 for {meaning},", lambda n: n == -1 or n > 0)


_Switch = Annotated[Any, expecting("True, False or a dict", lambda v: isinstance(v, (bool, dict)))]
_Level = Annotated[
    Any,
    expecting(
        "'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'",
        lambda v: type(v) is int or v in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    ),
]
_Scope = Annotated[
    str,
    expecting(
        "the name of an installed package",
        lambda v: v.isidentifier() and (v in MODELS.children or find_spec(v) is not None),
    ),
]
_Step = Annotated[
    Any,
    expecting(
        "a file name with one {}, for the epoch",
        lambda v: isinstance(v, str) and v.count("{}") == 1,
    ),
]


class _Loader(Schema):
    batch_size: Count = 1
    num_workers: Index = 0
    prefetch_factor: Count | None = None
    timeout: Weight = 0
    drop_last: bool = False
    persistent_workers: bool = False
    pin_memory: bool = False
    dataset: Part
    sampler: Part | None = None
    batch_sampler: Part | None = None
    collate_fn: Part | None = None


class _Loop(Schema):
    max_epochs: Count = 1
    max_iters: Count = 1
    val_interval: Count = 1
    val_begin: Index = 1
    by_epoch: bool = True
    fp16: bool = False


class _ClipGrad(Schema):
    type: Literal["norm", "value"] = "norm"
    max_norm: Positive = 1.0
    norm_type: Annotated[float, expecting("a number above 0", lambda v: v > 0)] = 2.0
    clip_value: Positive = 1.0
    error_if_nonfinite: bool = False
    foreach: bool | None = None


class _Multipliers(Schema):
    lr_mult: Weight = 1.0
    decay_mult: Weight = 1.0


class Paramwise(Schema):
    """What MMEngine's DefaultOptimWrapperConstructor looks for."""

    norm_decay_mult: Weight | None = None
    bias_decay_mult: Weight | None = None
    bias_lr_mult: Weight | None = None
    dwconv_decay_mult: Weight | None = None
    flat_decay_mult: Weight | None = None
    dcn_offset_lr_mult: Weight | None = None
    bypass_duplicate: bool = False
    custom_keys: dict[str, _Multipliers] = {}


class _Optimizer(Schema):
    type: Any
    lr: Weight = 1.0
    weight_decay: Weight = 0.0
    momentum: Weight = 0.0
    eps: Weight = 0.0


class _OptimWrapper(Schema):
    optimizer: _Optimizer
    clip_grad: _ClipGrad | None = None
    accumulative_counts: Count = 1
    paramwise_cfg: Paramwise | None = None


class _Scheduler(Schema):
    type: Any
    begin: Weight = 0
    end: Positive = 1
    by_epoch: bool = True
    convert_to_iter_based: bool = False
    T_max: Positive | None = None
    eta_min: Weight | None = None
    start_factor: PositiveShare = 1.0
    end_factor: Share = 1.0
    factor: Weight = 1.0
    gamma: Weight = 1.0
    power: Finite = 1.0


class _Checkpoint(Schema):
    interval: Annotated[int, _count_or_minus_one("never")] = 1
    max_keep_ckpts: Annotated[int, _count_or_minus_one("all")] = -1
    save_best: Names | None = None
    filename_tmpl: _Step | None = None


class _Logger(Schema):
    interval: Count = 10


class _Hooks(Schema):
    checkpoint: _Checkpoint | None = None
    logger: _Logger | None = None


class _Processes(Schema):
    mp_start_method: Literal["fork", "spawn", "forkserver"] = "fork"
    opencv_num_threads: Index = 0


class _Distribution(Schema):
    backend: str = "nccl"
    init_backend: str = "torch"
    init_method: str | None = None
    timeout: Positive | None = None
    port: Count | None = None
    device_id: Any = None
    group_name: str = ""
    pg_options: Any = None


class _Environment(Schema):
    cudnn_benchmark: bool = False
    mp_cfg: _Processes | None = None
    dist_cfg: _Distribution | None = None
    resource_limit: Count = 4096


class _Randomness(Schema):
    seed: Annotated[int, expecting("0 to 2^32 - 1", lambda n: 0 <= n < 2**32)] | None = None
    diff_rank_seed: bool = False
    deterministic: bool = False


class _ScaleLR(Schema):
    enable: bool = False
    base_batch_size: Count = 1


class _LogProcessor(Schema):
    window_size: Count = 10
    by_epoch: bool = True
    num_digits: Index = 4
    custom_cfg: list[dict] | None = None


class _Run(Schema):
    model: Part
    train_dataloader: _Loader | None = None
    val_dataloader: _Loader | None = None
    test_dataloader: _Loader | None = None
    train_cfg: _Loop | None = None
    val_cfg: _Loop | None = None
    test_cfg: _Loop | None = None
    auto_scale_lr: _ScaleLR | None = None
    default_hooks: _Hooks | None = None
    env_cfg: _Environment = _Environment()
    randomness: _Randomness = _Randomness()
    log_processor: _LogProcessor | None = None
    log_level: _Level = "INFO"
    visualizer: Part | None = None
    model_wrapper_cfg: Part | None = None
    runner_type: str = "CheckedRunner"
    default_scope: _Scope | None = None
    work_dir: str | None = None
    load_from: str | None = None
    resume: bool = False
    launcher: Literal["none", "pytorch", "slurm", "mpi"] = "none"
    experiment_name: Annotated[str, expecting("a name without /", lambda v: "/" not in v)] = "x"
    find_unused_parameters: bool = False
    sync_bn: Literal["torch", "mmcv"] | None = None
    compile: _Switch = False
    activation_checkpointing: Names | None = None
    custom_imports: dict | None = None
    tta_model: Part | None = None


# MMEngine reads no other keys of these, and tells none that it does not read.
_CLOSED: dict[str, type[Schema]] = {
    "env_cfg": _Environment,
    "env_cfg.mp_cfg": _Processes,
    "env_cfg.dist_cfg": _Distribution,
    "randomness": _Randomness,
    "auto_scale_lr": _ScaleLR,
    "optim_wrapper.clip_grad": _ClipGrad,
}

_SCHEMA = TypeAdapter(_Run)
_OPTIM_WRAPPER = TypeAdapter(_OptimWrapper)
_CLIP_GRAD = TypeAdapter(_ClipGrad | None)
# Where one of them or a list is possible.
_LISTS: dict[str, TypeAdapter] = {
    "param_scheduler": TypeAdapter(list[_Scheduler]),
    "val_evaluator": TypeAdapter(list[Part]),
    "test_evaluator": TypeAdapter(list[Part]),
    "custom_hooks": TypeAdapter(list[Part]),
}


def check_run(path: str, cfg: Config) -> None:
    """Check what the runner itself reads.

    Raises:
        InputError: Names the dotted key, what was found and what is expected.
    """
    source, content = f"config {path}", dict(cfg.items())
    for place, schema in _CLOSED.items():
        check_keys(path, place, node_at(content, place), schema.model_fields)
    _check_optimizer(source, content.pop("optim_wrapper", None))
    for key, adapter in _LISTS.items():
        value = content.pop(key, None)
        if isinstance(value, dict) and "type" in value:
            conform(adapter, [value], source, (key,), dotted=True)
        elif value is not None and not (key == "param_scheduler" and isinstance(value, dict)):
            conform(adapter, value, source, (key,), dotted=True)
    conform(_SCHEMA, content, source, dotted=True)
    scale = content.get("auto_scale_lr") or {}
    if scale.get("enable") and "base_batch_size" not in scale:
        raise InputError(f"{source}: auto_scale_lr.base_batch_size is missing")


def _check_optimizer(source: str, wrapper: Any) -> None:
    """The usual form; another constructor, as for several optimizers, reads its own keys."""
    if isinstance(wrapper, dict) and wrapper.get("constructor", CONSTRUCTOR) != CONSTRUCTOR:
        place = ("optim_wrapper", "clip_grad")
        conform(_CLIP_GRAD, wrapper.get("clip_grad"), source, place, dotted=True)
    elif wrapper is not None:
        conform(_OPTIM_WRAPPER, wrapper, source, ("optim_wrapper",), dotted=True)
