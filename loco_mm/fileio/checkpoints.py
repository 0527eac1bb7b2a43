"""Reads checkpoints as data.

Checkpoints may come from untrusted sources. Their content is never executed, and cannot make a run
delete files.
"""

import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch.serialization import (
    get_safe_globals,
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)

from ..errors import InputError
from .reading import open_regular
from .safetensors_files import SUFFIX, read_safetensors

# Entries from which MMEngine's checkpoint hook knows the files that it may delete.
_REMOVABLE = re.compile(r"best_ckpt|keep_ckpt_ids|last_ckpt")


def read_checkpoint(path: str | Path, map_location: Any = "cpu", mapped: bool = False) -> Any:
    """Read a checkpoint without executing its content, whatever torch's settings are.

    Args:
        path: A file of torch, or of safetensors if it has that extension.
        map_location: See :func:`torch.load`; for files of torch.
        mapped: Whether to memory-map tensors instead of loading them.

    Returns:
        Any: Content of the file.

    Raises:
        InputError: The file is missing, not a regular file, damaged, or contains more than data.
    """
    path = Path(path).expanduser()
    if path.suffix == SUFFIX:
        return read_safetensors(path)
    try:
        with open_regular(path, "checkpoint"):
            # Files from before torch 1.6 cannot be memory-mapped.
            mapped = mapped and zipfile.is_zipfile(path)
            with _allowed():
                return torch.load(path, map_location=map_location, weights_only=True, mmap=mapped)
    except InputError:
        raise
    except Exception as error:  # torch raises many types for corrupt files
        raise InputError(f"checkpoint {path}: {_reason(path, error)}") from error


def _reason(path: Path, error: Exception) -> str:
    if not path.stat().st_size:
        return "the file is empty"
    try:
        with _allowed():
            unsafe = get_unsafe_globals_in_checkpoint(path)
    except Exception:  # not a checkpoint of torch 1.6 or later
        unsafe = []
    if unsafe:
        return f"refused: it contains code or unknown types: {', '.join(unsafe)}"
    return f"damaged, or no checkpoint of torch that holds data alone ({type(error).__name__})"


@cache
def checkpoint_types() -> list:
    """Types in MMEngine's checkpoints besides tensors: numpy arrays and numbers, histories.

    Returns:
        list: Argument for :func:`torch.serialization.add_safe_globals`. Checkpoints still cannot
        execute code.
    """
    reconstruct = np.array(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    allowed: list = [HistoryBuffer, np.ndarray, np.dtype, (_history_getattr, "builtins.getattr")]
    # numpy 2 writes the second name, numpy 1 the first; each must be able to read both.
    for core in ("numpy.core", "numpy._core"):
        allowed.append((reconstruct, f"{core}.multiarray._reconstruct"))
        allowed.append((scalar, f"{core}.multiarray.scalar"))
    return allowed + [type(np.dtype(k)) for k in ("float64", "float32", "int64", "int32", "bool")]


def _history_getattr(owner: Any, name: str) -> Any:
    """The ``getattr`` that a checkpoint may call, restricted to methods of ``HistoryBuffer``."""
    if owner is HistoryBuffer and name in ("min", "max", "mean", "current"):
        return getattr(owner, name)
    raise RuntimeError(f"it asks for the attribute {name!r} of {owner!r}")


def _allowed() -> safe_globals:
    """Context with these types as safe globals. On exit, torch forgets them in any case."""
    return safe_globals([kind for kind in checkpoint_types() if kind not in get_safe_globals()])


def drop_side_effects(checkpoint: Any) -> Any:
    """Remove, in place, entries that MMEngine would act on instead of only loading them.

    These are ``meta.config``, which ``Runner.resume`` executes as a Python config, and the names of
    files that ``CheckpointHook`` deletes in a resumed run.

    Args:
        checkpoint: Content of a checkpoint file.

    Returns:
        Any: The same object.
    """
    if not isinstance(checkpoint, dict):
        return checkpoint
    meta, hub = checkpoint.get("meta"), checkpoint.get("message_hub")
    if isinstance(meta, dict):
        meta.pop("config", None)
    for name in ("runtime_info", "resumed_keys"):
        entries = hub.get(name) if isinstance(hub, dict) else None
        if isinstance(entries, dict):
            for key in [key for key in entries if _REMOVABLE.match(str(key))]:
                del entries[key]
    return checkpoint


def as_checkpoint(content: Any, path: str | Path) -> dict:
    """Convert content to the toolbox's form: weights in ``state_dict``, without ``module.``.

    Args:
        content: Content of a file: a dict with ``state_dict`` or ``model``, or the weights alone.
        path: Path of the file, for the message.

    Returns:
        dict: ``state_dict`` with tensors by name, and the other entries of the file.

    Raises:
        InputError: The file contains no weights.
    """
    if not isinstance(content, dict):
        raise InputError(
            f"checkpoint {path}: expected a dict of weights, got {type(content).__name__}"
        )
    key = next((key for key in ("state_dict", "model") if key in content), None)
    state = content if key is None else content[key]
    if not isinstance(state, dict) or not state:
        raise InputError(f"checkpoint {path}: {key or 'it'} contains no weights by name")
    for name, value in state.items():
        if not isinstance(name, str) or not torch.is_tensor(value):
            raise InputError(
                f"checkpoint {path}: {'' if key is None else f'{key}: '}expected tensors by name, "
                f"got entry {name!r} of type {type(value).__name__}"
            )
    rest = {} if key is None else {k: v for k, v in content.items() if k != key}
    for part in ("meta", "message_hub"):
        if not isinstance(rest.get(part, {}), dict):
            raise InputError(f"checkpoint {path}: {part} is no dict")
    if not isinstance((rest.get("meta") or {}).get("dataset_meta", {}), dict):
        raise InputError(f"checkpoint {path}: meta.dataset_meta is no dict")
    return {**rest, "state_dict": {k.removeprefix("module."): v for k, v in state.items()}}
