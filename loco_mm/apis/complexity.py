"""Complexity of a model: parameters and multiply-accumulates.

Shape letters: T steps, Dv and Da channels of the features.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ..models.localizers import BaseAVModel
from ..ops import random_inputs
from ..registry import MODELS, build_part

COUNTED = (nn.Conv1d, nn.ConvTranspose1d, nn.Linear)


@dataclass(frozen=True)
class Complexity:
    """Counts for one part, or for a whole model.

    Attributes:
        layer_params: Parameters of convolutions and linear layers.
        layer_macs: Their multiply-accumulates for one video.
        params: All parameters.
        macs: Multiply-accumulates of all matrix products and convolutions, including those in
            attention; element-wise operations (norms, softmax, activations) are not counted.
    """

    layer_params: int
    layer_macs: int
    params: int
    macs: int


@contextmanager
def _plain_attention():
    """Context with attention as plain matrix products, as fused kernels are not counted."""
    enabled = torch.backends.cuda.flash_sdp_enabled()
    torch.backends.cuda.enable_flash_sdp(False)
    try:
        yield
    finally:
        torch.backends.cuda.enable_flash_sdp(enabled)


@contextmanager
def _without_gaps(model: nn.Module):
    """Context without the zeros between packed levels, which are no part of the method."""
    modules: list[Any] = [module for module in model.modules() if hasattr(module, "gap")]
    gaps = {module: module.gap for module in modules}
    for module in modules:
        module.gap = 0
    try:
        yield
    finally:
        for module, gap in gaps.items():
            module.gap = gap


def count_complexity(
    model: BaseAVModel, visual_dim: int, audio_dim: int, steps: int
) -> dict[str, Complexity]:
    """Count the complexity of a model for one video of full length.

    The paper's table counts convolutions and linear layers only, including LCF's projections,
    although these are used only in training.

    Args:
        model: The model.
        visual_dim: Channels Dv.
        audio_dim: Channels Da.
        steps: Number of steps T.

    Returns:
        dict[str, Complexity]: Counts by name of the part, and ``'total'``.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, COUNTED)]
    video = example_video(model, visual_dim, audio_dim, steps)
    device = next(model.parameters()).device
    inputs = {name: x[None].to(device) for name, x in video["inputs"].items()}
    inputs["mask"] = torch.ones(1, steps, dtype=torch.bool, device=device)
    was_training = model.training
    model.eval()
    try:
        with (
            torch.no_grad(),
            _plain_attention(),
            _without_gaps(model),
            _count_layers(layers) as layer_macs,
            FlopCounterMode(display=False) as counter,
        ):
            model(inputs, [video["data_samples"]], mode="loss")
    finally:
        model.train(was_training)
    flops = counter.get_flop_counts()
    root = type(model).__name__
    parts = {
        name: _count_part(part, layer_macs, flops.get(f"{root}.{name}", {}))
        for name, part in model.named_children()
        if any(True for _ in part.parameters())
    }
    total = np.sum([[*vars(part).values()] for part in parts.values()], axis=0)
    return {**parts, "total": Complexity(*(int(n) for n in total))}


def count_config(cfg: Config, steps: int | None = None) -> tuple[int, dict[str, Complexity]]:
    """Count the complexity of a config's model.

    Args:
        cfg: The config.
        steps: Number of steps of the video; None for the model's ``max_len``.

    Returns:
        tuple: The number of steps, and the counts of :func:`count_complexity`.
    """
    init_default_scope(cfg.get("default_scope", "mmaction"))
    steps = steps or cfg.model.max_len
    encoder = cfg.model.encoder
    model = build_part(MODELS, cfg.model, "model")
    return steps, count_complexity(model, encoder.visual_dim, encoder.audio_dim, steps)


def example_video(
    model: BaseAVModel, visual_dim: int, audio_dim: int, steps: int, seed: int = 0
) -> dict:
    """A sample with random features and without events, sufficient for a training step.

    Args:
        model: The model.
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        steps: Number of steps T.
        seed: Random seed of the features.

    Returns:
        dict: ``inputs`` with ``visual`` (T, Dv), or maps if the model reads them, and ``audio``
        (T, Da); and ``data_samples``.
    """
    # Attention over cells needs maps, here with the size of VGG-19's.
    cells = (7, 7) if model.reads_maps else ()
    inputs = random_inputs(steps, seed, cells, visual_dim, audio_dim)
    return dict(inputs=inputs, data_samples=model.task.example(steps, model.num_classes))


@contextmanager
def _count_layers(layers: Sequence[Any]):
    """Count the multiply-accumulates of layers, summed over all calls of each layer."""
    macs = dict.fromkeys(layers, 0)

    def count(layer: Any, inputs: tuple, output: torch.Tensor) -> None:
        # Transposed convolutions are counted per input, other layers per output.
        each = inputs[0] if isinstance(layer, nn.ConvTranspose1d) else output
        macs[layer] += each.numel() * layer.weight[0].numel()

    handles = [layer.register_forward_hook(count) for layer in layers]
    try:
        yield macs
    finally:
        for handle in handles:
            handle.remove()


def _count_part(part: nn.Module, layer_macs: dict, flops: dict) -> Complexity:
    own = [layer for layer in part.modules() if isinstance(layer, COUNTED)]
    return Complexity(
        layer_params=sum(p.numel() for layer in own for p in layer.parameters()),
        layer_macs=sum(layer_macs[layer] for layer in own),
        params=sum(p.numel() for p in part.parameters()),
        macs=sum(flops.values()) // 2,
    )
