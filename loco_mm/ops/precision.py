"""Computations that need more than half precision."""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """Convert a tensor to float32, unless its dtype is more precise.

    Losses, similarities and distances lose too much in half precision. A model in float64 stays in
    float64.
    """
    return x.to(torch.promote_types(x.dtype, torch.float32))
