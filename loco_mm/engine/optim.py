"""Mixed precision where MMEngine's own wrapper refuses: on a CPU."""

from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from torch import nn

from ..registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Runs the forward pass under bfloat16 autocast on any device, without a loss scaler.

    bfloat16 has the range of float32, so that gradients need no scaling.
    """

    @contextmanager
    def optim_context(self, model: nn.Module):
        """Forward context of a training step: autocast, and gradient accumulation as usual."""
        with (
            super().optim_context(model),
            torch.autocast(get_device().split(":")[0], dtype=torch.bfloat16),
        ):
            yield
