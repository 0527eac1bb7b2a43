"""Residual branch scaling and stochastic depth.

Shape letters: B batch, T steps, C channels.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...ops import over_spans


class DropPath(nn.Module):
    """Stochastic depth (Huang et al., ECCV 2016): drops a whole residual branch, per sample.

    Args:
        prob: Probability of dropping, in [0, 1).
    """

    def __init__(self, prob: float):
        super().__init__()
        if not 0 <= prob < 1:
            raise InputError(f"drop_path: expected a probability in [0, 1), got {prob}")
        self.prob = prob

    def forward(self, x: Tensor) -> Tensor:
        """(B, ...) to the same shape; kept branches are scaled by 1 / (1 - prob)."""
        if not self.training or self.prob == 0:
            return x
        return x * self.factors(x, (x.shape[0],) + (1,) * (x.ndim - 1))

    def factors(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """Random factors in training, of the type and on the device of ``x``."""
        keep = 1 - self.prob
        return torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(keep).div_(keep)


class LayerScale(nn.Module):
    """Learned scale per channel of a residual branch (Touvron et al., ICCV 2021).

    Args:
        channels: Channels of the branch.
        init: Starting value.
    """

    def __init__(self, channels: int, init: float = 1e-4):
        super().__init__()
        # One-dimensional, so that `flat_decay_mult=0` exempts it from weight decay.
        self.scale = nn.Parameter(torch.full((channels,), init))

    def activate_branches(self) -> None:
        """Set a scale at which the branch is visible in tests."""
        nn.init.normal_(self.scale, mean=0.5, std=0.2)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to the same shape."""
        return x * self.scale


def add_branch(
    x: Tensor,
    branch: Tensor,
    scale: Tensor,
    drop_path: DropPath,
    spans: Sequence[int] | None = None,
) -> Tensor:
    """Add a residual branch, scaled and in training dropped at random.

    Args:
        x: (..., B, T, C).
        branch: (..., B, T, C).
        scale: (C,) or (..., 1, 1, C) scale of the branch.
        drop_path: Stochastic depth of the branch.
        spans: Steps of each of several sequences, whose sum is T; each is dropped by itself. By
            default there is one.
    """
    if drop_path.training and drop_path.prob:
        factors = drop_path.factors(x, (*x.shape[:-2], len(spans or [1])))
        if spans:
            factors = over_spans(factors, spans)
        # Of few elements, unlike the branch.
        scale = scale * factors[..., None]
    return x + branch * scale


class GaussianNoise(nn.Module):
    """Adds noise in training.

    Args:
        std: Its standard deviation.
    """

    def __init__(self, std: float):
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """(...) to the same shape."""
        return x + self.std * torch.randn_like(x) if self.training else x
