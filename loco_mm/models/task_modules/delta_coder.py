"""How segments are predicted from anchors.

Shape letters: ... any.
"""

import math

import torch
from pydantic import PositiveFloat
from torch import Tensor

from ...arguments import checked
from ...registry import TASK_UTILS


@TASK_UTILS.register_module()
class DeltaCoder:
    """Moves an anchor's centre by shares of its length, and multiplies its length.

    Segments count their last step: they are one step longer than the difference of their ends.

    Source: R-CNN (Girshick et al., CVPR 2014) in one dimension, as VSGN (Zhao et al., ICCV 2021)
    has it.

    Args:
        centre_weight: Times which the shift of the centre is predicted.
        length_weight: Times which the logarithm of the factor of the length is.
        max_factor: Largest factor of the length.
    """

    @checked
    def __init__(
        self,
        centre_weight: PositiveFloat = 10.0,
        length_weight: PositiveFloat = 5.0,
        max_factor: PositiveFloat = 62.5,
    ):
        self.centre_weight, self.length_weight = centre_weight, length_weight
        self.max_log_factor = math.log(max_factor)

    def decode(self, anchors: Tensor, deltas: Tensor) -> Tensor:
        """Segments (..., 2) of anchors (..., 2) and deltas (..., 2), in grid steps."""
        centre, length = anchors.mean(-1), anchors.diff(dim=-1)[..., 0] + 1
        shift, factor = deltas.unbind(-1)
        centre = centre + shift / self.centre_weight * length
        factor = (factor / self.length_weight).clamp(max=self.max_log_factor)
        half = 0.5 * (factor.exp() * length - 1)
        return torch.stack([centre - half, centre + half], dim=-1)
