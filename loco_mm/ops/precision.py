"""Numbers that mixed precision must not round."""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """A tensor in float32, or in its own type where that is finer.

    Losses, similarities and distances lose too much in half precision; a model in float64 keeps
    its own.
    """
    return x.to(torch.promote_types(x.dtype, torch.float32))
