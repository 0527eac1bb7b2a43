"""EfficientNet-Lite0: EfficientNet (Tan and Le, ICML 2019) without squeeze-and-excitation, with
ReLU6, for mobile devices.

Shape letters: N images, H and W pixels.
"""

from torch import Tensor, nn

from .same_conv import SameConv2d

# Of each stage: blocks, kernel size, stride of the first block, expansion, and output channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 with ImageNet's 1000 classes, with the parameter names of its port."""

    dim, num_classes = 1280, 1000

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = SameConv2d(3, 32, 3, 2, bias=False), _norm(32)
        blocks: list[nn.Module] = []
        dim = 32
        for count, kernel, stride, expansion, out in _STAGES:
            for number in range(count):
                blocks.append(_Block(dim, out, kernel, 1 if number else stride, expansion))
                dim = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv2d(dim, self.dim, 1, bias=False), _norm(self.dim)
        self._fc = nn.Linear(self.dim, self.num_classes)
        self.act = nn.ReLU6()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) images in [-1, 1] to (N, 1280) and to class scores (N, 1000), logits."""
        x = self.act(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        embedding = self.act(self._bn1(self._conv_head(x))).mean((2, 3))
        return embedding, self._fc(embedding)


class _Block(nn.Module):
    """Inverted residual block: pointwise expansion, depthwise convolution, pointwise projection."""

    def __init__(self, dim: int, out: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = dim * expansion
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv, self._bn0 = SameConv2d(dim, wide, 1, bias=False), _norm(wide)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv, self._bn2 = SameConv2d(wide, out, 1, bias=False), _norm(out)
        self.residual = stride == 1 and dim == out
        self.act = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self.act(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


def _norm(dim: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(dim, eps=1e-3)
