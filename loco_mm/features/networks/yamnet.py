"""YAMNet (Plakal and Ellis, 2019): MobileNet v1 (Howard et al., 2017) on AudioSet's 521 classes.

Shape letters: N patches, F frames of a patch, B bands.
"""

import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from .same_conv import SameConv2d

# Channels and strides of the 13 pairs of a depthwise and a pointwise convolution.
_PAIRS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *[(512, 1)] * 5,
    *((1024, 2), (1024, 1)),
)
# Name of a tensor in TensorFlow's checkpoint: number of the layer, and kind of the tensor.
_TENSOR = re.compile(r"layer_with_weights-(\d+)/(\w+)/")
_NORM = {"beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


class YAMNet(nn.Module):
    """YAMNet: an embedding and the scores of AudioSet's classes for patches of 0.96 s."""

    dim, num_classes = 1024, 521
    # Frames of a patch.
    frames = 96

    def __init__(self) -> None:
        super().__init__()
        layers = [SameConv2d(1, 32, 3, 2, bias=False)]
        dim = 32
        for out, stride in _PAIRS:
            layers.append(SameConv2d(dim, dim, 3, stride, groups=dim, bias=False))
            layers.append(SameConv2d(dim, out, 1, bias=False))
            dim = out
        self.convs = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.BatchNorm2d(conv.out_channels, eps=1e-4) for conv in layers)
        self.classifier = nn.Linear(self.dim, self.num_classes)

    def forward(self, levels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 96, 64) log mel magnitudes (N, F, B) to (N, 1024) and to (N, 521) in [0, 1]."""
        x = levels[:, None]
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(conv(x)).relu()
        embedding = x.mean((2, 3))
        return embedding, self.classifier(embedding).sigmoid()


def yamnet_state(tensors: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """State dict of :class:`YAMNet` for the tensors of TensorFlow's checkpoint, by their names.

    Layers are numbered in the order of the network: convolutions and their normalizations in turn,
    and the classifier. The normalizations have no scale.
    """
    state, last = {}, 2 * (1 + 2 * len(_PAIRS))
    for name, array in tensors.items():
        found = _TENSOR.search(name)
        if found is None:
            continue
        layer, kind = int(found[1]), found[2]
        if layer == last:
            key = "classifier." + {"kernel": "weight"}.get(kind, kind)
            array = array.T
        elif layer % 2:
            key = f"norms.{layer // 2}.{_NORM.get(kind, kind)}"
        else:
            key = f"convs.{layer // 2}.weight"
            # Height, width, input, output; a depthwise kernel has its channels as input.
            array = array.transpose((2, 3, 0, 1) if "depthwise" in kind else (3, 2, 0, 1))
        state[key] = torch.from_numpy(np.ascontiguousarray(array))
        if kind == "beta":
            state[f"norms.{layer // 2}.weight"] = torch.ones(len(array))
    return state
