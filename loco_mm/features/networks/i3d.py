"""Inflated 3D Inception (Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017).

Shape letters: N clips, C channels of a frame, F frames, H and W pixels, D channels.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from .same_conv import same_padded

Size = Sequence[int]

# Channels of the branches of each block: 1x1; 1x1 and 3x3; 1x1 and 3x3; pooling and 1x1.
_BLOCKS = {
    "3b": (192, (64, 96, 128, 16, 32, 32)),
    "3c": (256, (128, 128, 192, 32, 96, 64)),
    "4b": (480, (192, 96, 208, 16, 48, 64)),
    "4c": (512, (160, 112, 224, 24, 64, 64)),
    "4d": (512, (128, 128, 256, 24, 64, 64)),
    "4e": (512, (112, 144, 288, 32, 64, 64)),
    "4f": (528, (256, 160, 320, 32, 128, 128)),
    "5b": (832, (256, 160, 320, 32, 128, 128)),
    "5c": (832, (384, 192, 384, 48, 128, 128)),
}
_POOLS = {"4b": ((3, 3, 3), (2, 2, 2)), "5b": ((2, 2, 2), (2, 2, 2))}


def _pool(inputs: Tensor, kernel: Size, stride: Size) -> Tensor:
    padded = same_padded(inputs, kernel, stride)
    return functional.max_pool3d(padded, tuple(kernel), tuple(stride), ceil_mode=True)


class _Unit(nn.Module):
    """A convolution with batch normalization and ReLU."""

    def __init__(self, dim: int, out: int, kernel: int = 1, stride: int = 1):
        super().__init__()
        self.conv3d = nn.Conv3d(dim, out, kernel, stride, bias=False)
        self.batch3d = nn.BatchNorm3d(out)

    def forward(self, inputs: Tensor) -> Tensor:
        padded = same_padded(inputs, self.conv3d.kernel_size, self.conv3d.stride)
        return self.batch3d(self.conv3d(padded)).relu()


class _Pooled(nn.Module):
    """The pooling before a block's last branch."""

    def forward(self, inputs: Tensor) -> Tensor:
        return _pool(inputs, (3, 3, 3), (1, 1, 1))


class _Block(nn.Module):
    """An Inception block of four parallel branches."""

    def __init__(self, dim: int, out: Sequence[int]):
        super().__init__()
        self.branch_0 = _Unit(dim, out[0])
        self.branch_1 = nn.Sequential(_Unit(dim, out[1]), _Unit(out[1], out[2], 3))
        self.branch_2 = nn.Sequential(_Unit(dim, out[3]), _Unit(out[3], out[4], 3))
        self.branch_3 = nn.Sequential(_Pooled(), _Unit(dim, out[5]))

    def forward(self, inputs: Tensor) -> Tensor:
        branches = (self.branch_0, self.branch_1, self.branch_2, self.branch_3)
        return torch.cat([branch(inputs) for branch in branches], 1)


class InceptionI3D(nn.Module):
    """I3D, with the parameter names of its PyTorch port for Kinetics-400.

    Args:
        channels: Channels of a frame: 3 for RGB, 2 for optical flow.
        num_classes: Classes of the last layer, which is not used for features.
    """

    dim = 1024

    def __init__(self, channels: int = 3, num_classes: int = 400):
        super().__init__()
        self.conv3d_1a_7x7 = _Unit(channels, 64, 7, 2)
        self.conv3d_2b_1x1 = _Unit(64, 64)
        self.conv3d_2c_3x3 = _Unit(64, 192, 3)
        for name, (dim, out) in _BLOCKS.items():
            self.add_module(f"mixed_{name}", _Block(dim, out))
        self.conv3d_0c_1x1 = nn.ModuleDict(dict(conv3d=nn.Conv3d(self.dim, num_classes, 1)))

    def forward(self, clips: Tensor) -> Tensor:
        """(N, C, F, H, W) in [-1, 1], F >= 16 and 224 x 224 pixels, to (N, 1024)."""
        found = _pool(self.conv3d_1a_7x7(clips), (1, 3, 3), (1, 2, 2))
        found = self.conv3d_2c_3x3(self.conv3d_2b_1x1(found))
        found = _pool(found, (1, 3, 3), (1, 2, 2))
        for name in _BLOCKS:
            if name in _POOLS:
                found = _pool(found, *_POOLS[name])
            found = getattr(self, f"mixed_{name}")(found)
        return functional.avg_pool3d(found, (2, 7, 7), 1).mean((2, 3, 4))

    def classify(self, features: Tensor) -> Tensor:
        """(N, 1024) features to (N, classes) logits."""
        return self.conv3d_0c_1x1["conv3d"](features[..., None, None, None]).flatten(1)
