"""Target windows of adaptive attention in a video.

Shape letters: B batch, T steps, N windows, W window size, H heads, C channels.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import InputError
from ...models.layers import WindowAttention
from ..window_control import adaptive_layers
from .split_videos import LoadedSample


@dataclass(frozen=True)
class TargetWindows:
    """Windows of a layer in a video, in seconds.

    A window reaches from the first to the last position at which it reads keys.

    Attributes:
        layer: Name of the layer in the model.
        stride: Grid steps per step of the layer.
        fixed: (N, 2) start and end of the windows without adaptation.
        targets: (N, H, 2) start and end of the target window of each head.
    """

    layer: str
    stride: int
    fixed: np.ndarray
    targets: np.ndarray

    def as_dict(self) -> dict[str, Any]:
        """Stride and windows as JSON types."""
        return dict(stride=self.stride, fixed=self.fixed.tolist(), targets=self.targets.tolist())

    @property
    def offsets(self) -> np.ndarray:
        """(H,) mean distance in seconds from the centre of the fixed window to the target's."""
        return (self.targets.mean(2) - self.fixed.mean(1)[:, None]).mean(0)

    @property
    def scales(self) -> np.ndarray:
        """(H,) mean length of the target windows, divided by that of the fixed ones."""
        lengths = np.diff(self.fixed)
        long = lengths[:, 0] > 0
        if not long.any():
            return np.ones(self.targets.shape[1])
        return (np.diff(self.targets)[long, :, 0] / lengths[long]).mean(0)


@torch.no_grad()
def target_windows(model: Any, sample: LoadedSample) -> list[TargetWindows]:
    """Target windows of all adaptive layers for a video.

    Layers that attend within several sequences at once are left out.

    Args:
        model: A model of :func:`init_model`.
        sample: The video.

    Raises:
        InputError: The model has no adaptive windows.
    """
    layers = adaptive_layers(model)
    if not layers:
        raise InputError("config: model: expected a WindowAttention with adaptive=True, got none")
    inputs = sample.inputs_of(model)
    found: dict[str, tuple[Tensor, Tensor]] = {}
    with ExitStack() as hooks:
        for name, layer in layers.items():
            hooks.enter_context(_collected(name, layer, found))
        model.extract_feat(inputs)
    steps = inputs["mask"].shape[1]
    return [
        _in_seconds(name, layers[name], *found[name], steps, sample.grid)
        for name in layers
        if name in found
    ]


@contextmanager
def _collected(
    name: str, layer: WindowAttention, found: dict[str, tuple[Tensor, Tensor]]
) -> Iterator[None]:
    """Collect positions (T, H) and mask (T,) of a layer when it is called."""

    def collect(_, inputs: tuple, given: dict) -> None:
        if not given.get("spans"):
            positions, _ = layer.target_positions(given["key"], given["mask"])
            found[name] = positions[0].cpu(), given["mask"][0].cpu()

    handle = layer.register_forward_pre_hook(collect, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def _in_seconds(
    name: str, layer: WindowAttention, positions: Tensor, mask: Tensor, steps: int, grid: Any
) -> TargetWindows:
    stride, window = round(steps / len(mask)), layer.window_size
    number = -(-int(mask.sum()) // window)
    by_window = positions.unflatten(0, (-1, window))[:number]
    targets = torch.stack([by_window.amin(1), by_window.amax(1)], dim=-1)
    start = window * torch.arange(number)
    fixed = torch.stack([start, (start + window - 1).clamp(max=int(mask.sum()) - 1)], dim=-1)
    to_seconds = grid.to_seconds
    return TargetWindows(
        name, stride, to_seconds(stride * fixed.numpy()), to_seconds(stride * targets.numpy())
    )
