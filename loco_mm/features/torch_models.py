"""Functions for extractors with torch models: weights from files, checksums."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError
from ..fileio import as_checkpoint, read_checkpoint


def load_weights(model: nn.Module, path: str | Path | None, option: str, fix: str) -> None:
    """Load the complete weights of a model from a file.

    Args:
        model: The model.
        path: File with a state dict.
        option: The extractor's option for the file.
        fix: Which weights are needed, and how to get them.

    Raises:
        InputError: No file is given, it is damaged, or its weights are of another model.
    """
    if path is None:
        raise InputError(f"{option} is missing. Fix: {fix}")
    state = as_checkpoint(read_checkpoint(path), path)["state_dict"]
    load_state(model, state, f"{option} {path}", fix)


def load_state(model: nn.Module, state: Mapping[str, Tensor], where: str, fix: str) -> None:
    """Load the complete weights of a model.

    Args:
        model: The model.
        state: Its state dict.
        where: Description of where the weights come from, for messages.
        fix: Which weights are needed, and how to get them.

    Raises:
        InputError: The weights are of another model.
    """
    own = model.state_dict()
    wrong = sorted((own.keys() ^ state.keys()) - _counters(own) - _counters(state))
    if wrong:
        which = "missing in" if wrong[0] in own else "unknown in"
        raise InputError(f"{where}: {len(wrong)} weights, as {wrong[0]}, {which} it. {fix}")
    for name, value in own.items():
        if name in state and state[name].shape != value.shape:
            shapes = f"expected shape {tuple(value.shape)}, got {tuple(state[name].shape)}"
            raise InputError(f"{where}: {name}: {shapes}. {fix}")
    model.load_state_dict(state, strict=False)


def checksum(*models: nn.Module) -> str:
    """Checksum of all parameters and buffers, by name."""
    digest = hashlib.sha256()
    for model in models:
        for name, value in sorted(model.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def ready(model: nn.Module, device: str) -> nn.Module:
    """Prepare a model for inference on a device.

    Raises:
        InputError: The device does not exist.
    """
    try:
        return model.eval().requires_grad_(False).to(device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"--device {device}: {reason}; choose another device") from error


def as_images(frames: np.ndarray, device: str) -> Tensor:
    """Convert (..., H, W, 3) uint8 frames to (..., 3, H, W) float32 in [0, 1]."""
    return torch.from_numpy(frames).to(device).movedim(-1, -3).float() / 255


def as_array(features: Tensor) -> np.ndarray:
    """(N, D) features in float32, on the CPU."""
    return features.float().cpu().numpy()


def _counters(state: Mapping) -> set[str]:
    """Names of batch counters, which older files lack."""
    return {name for name in state if name.endswith("num_batches_tracked")}
