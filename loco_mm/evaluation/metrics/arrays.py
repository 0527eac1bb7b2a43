"""From what a model gives to arrays."""

import numpy as np
import torch


def as_array(values) -> np.ndarray:
    """Values of any device as an array."""
    return values.cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
