"""VGGish (Hershey et al., "CNN Architectures for Large-Scale Audio Classification", ICASSP 2017).

Shape letters: N windows, F frames of a window, B bands.
"""

from torch import Tensor, nn

# Channels of the convolutions; None for pooling.
_LAYERS = (64, None, 128, None, 256, 256, None, 512, 512, None)


class VGGish(nn.Module):
    """VGGish, with the parameter names of its PyTorch port."""

    dim = 128

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        dim = 1
        for out in _LAYERS:
            if out is None:
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(dim, out, 3, padding=1), nn.ReLU()]
                dim = out
        self.features = nn.Sequential(*layers)
        sizes = (512 * 6 * 4, 4096, 4096, self.dim)
        dense = [
            layer
            for size, out in zip(sizes, sizes[1:], strict=False)
            for layer in (nn.Linear(size, out), nn.ReLU())
        ]
        self.embeddings = nn.Sequential(*dense)

    def forward(self, levels: Tensor) -> Tensor:
        """(N, 96, 64) log mel magnitudes (N, F, B) to (N, 128), not negative."""
        found = self.features(levels[:, None])
        # The dense layers were trained with channels last.
        return self.embeddings(found.permute(0, 2, 3, 1).flatten(1))
