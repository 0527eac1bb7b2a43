"""Layers of equal sizes, applied at once: fewer and larger operations, with the same parameters.

Each function takes G layers, and applies layer g to features g. The parameters are stacked in each
call, so that they keep their names and can be trained, frozen and loaded layer by layer.

Shape letters: G layers, B batch, T steps, C channels, S stride.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .conv import DepthwiseConv, convolve


def grouped_linear(layers: Sequence[nn.Linear], x: Tensor) -> Tensor:
    """Linear layers with biases; a single one is called as a module.

    Args:
        layers: G layers.
        x: (G, ..., C_in).

    Returns:
        Tensor: (G, ..., C_out).
    """
    if len(layers) == 1:
        return layers[0](x[0])[None]
    # Gradients of a concatenation are views with the layout of the parameters, which are not copied
    # again.
    weight = torch.cat([layer.weight for layer in layers]).unflatten(0, (len(layers), -1))
    bias = torch.stack([layer.bias for layer in layers])
    out = torch.baddbmm(bias[:, None], x.flatten(1, -2), weight.mT)
    return out.view(*x.shape[:-1], -1)


def grouped_norm(layers: Sequence[nn.LayerNorm], x: Tensor) -> Tensor:
    """LayerNorms.

    Args:
        layers: G layers.
        x: (..., G, C).

    Returns:
        Tensor: The same shape.
    """
    weight = torch.cat([layer.weight for layer in layers])
    bias = torch.cat([layer.bias for layer in layers])
    # A GroupNorm over G groups of channels, at a single position.
    rows = x.flatten(0, -3).flatten(1)
    return F.group_norm(rows, len(layers), weight, bias, layers[0].eps).view(x.shape)


def grouped_depthwise(layers: Sequence[DepthwiseConv], x: Tensor) -> Tensor:
    """Depthwise convolutions without biases.

    Args:
        layers: G layers.
        x: (B, T, G, C).

    Returns:
        Tensor: (B, ceil(T / S), G, C).
    """
    weight = torch.cat([layer.weight for layer in layers])
    out = convolve(x.flatten(2), weight, stride=layers[0].stride[0], groups=len(weight))
    return out.unflatten(-1, (len(layers), -1))
