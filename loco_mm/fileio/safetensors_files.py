"""Weights in safetensors files, which contain only tensors and strings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import InputError
from ..text import first_line
from .atomic import atomic_write
from .reading import open_regular

SUFFIX = ".safetensors"
# Entry in the metadata of the header.
_META = "dataset_meta"


def write_safetensors(
    path: str | Path, state: Mapping[str, Tensor], dataset_meta: Mapping[str, Any]
) -> None:
    """Write weights and a description of their training dataset.

    Args:
        path: The file.
        state: Weights by name.
        dataset_meta: Plain data, see :meth:`TrainedOn.to_meta`.
    """
    from safetensors.torch import save

    # Copies, because safetensors refuses tensors that share memory.
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
    texts = {"format": "pt", _META: json.dumps(dataset_meta, ensure_ascii=False)}
    with atomic_write(path, "wb") as file:
        file.write(save(tensors, metadata=texts))


def read_safetensors(path: str | Path) -> dict[str, Any]:
    """Read weights in the toolbox's form of checkpoints, to the CPU.

    Args:
        path: The file.

    Returns:
        dict: ``state_dict``, and ``meta`` with ``dataset_meta``.

    Raises:
        InputError: The file is missing, not a regular file, or damaged.
    """
    from safetensors import SafetensorError, safe_open

    with open_regular(path, "checkpoint"):
        pass  # the library opens the file itself
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            texts = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        meta = json.loads(texts.get(_META, "{}"))
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"checkpoint {path}: damaged, or not safetensors: {first_line(error)}"
        ) from error
    return dict(state_dict=state, meta=dict(dataset_meta=meta))
