"""Convolutions as in TensorFlow."""

from torch import Tensor, nn
from torch.nn import functional


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's padding ``SAME``: of an odd number, one more at the end."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        pads: list[int] = []
        for size, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride, strict=True):
            missing = max(0, (size - 1) // stride * stride + kernel - size)
            pads = [missing // 2, missing - missing // 2, *pads]
        return super().forward(functional.pad(x, pads) if any(pads) else x)
