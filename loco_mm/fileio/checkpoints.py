"""Checkpoints read as data.

A checkpoint comes from anywhere. Nothing in it is run, and it names nothing that a run would then
remove.
"""

import os
import re
import stat
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError

# Entries of a run's state by which MMEngine's checkpoint hook knows the files that it may remove.
_REMOVABLE = re.compile(r"best_ckpt|keep_ckpt_ids|last_ckpt")
# How torch names what a pickle asks for and may not have.
_GLOBAL = re.compile(r"GLOBAL (\S+)")


def read_checkpoint(path: str | Path, map_location: Any = "cpu") -> Any:
    """Read a checkpoint file, whatever torch is told elsewhere, without running what it holds.

    Args:
        path (str | Path): The file.
        map_location (Any): As of :func:`torch.load`.

    Returns:
        Any: What the file holds.

    Raises:
        InputError: The file is missing, no regular file, damaged, or holds more than data.
    """
    path = Path(path).expanduser()
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"checkpoint {path}: a folder or device found, a file expected")
        return torch.load(path, map_location=map_location, weights_only=True)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"checkpoint {path}: no such file") from error
    except OSError as error:
        raise InputError(f"checkpoint {path}: cannot be read: {error.strerror}") from error
    except Exception as error:  # whatever broken bytes bring about
        asked = _GLOBAL.search(str(error))
        if asked:
            reason = f"refused: it carries code or unknown types: it asks for {asked[1]}"
        elif not path.stat().st_size:
            reason = "the file is empty"
        else:
            reason = f"damaged, or no checkpoint of torch ({type(error).__name__})"
        raise InputError(f"checkpoint {path}: {reason}") from error


def strip_orders(checkpoint: Any) -> Any:
    """Take out, in place, what MMEngine would act upon instead of only loading it.

    ``meta.config``, which ``Runner.resume`` runs as a Python config, and the names of files that
    ``CheckpointHook`` removes when a run goes on.

    Args:
        checkpoint (Any): What a checkpoint file holds.

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
