"""Encodes segments relative to anchors.

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
    """Shifts the centre of an anchor relative to its length, and scales the length.

    Segments include their last step: their length is one step more than the difference of their
    ends.

    Source: R-CNN (Girshick et al., CVPR 2014) in one dimension, as in VSGN (Zhao et al., ICCV
    2021).

    Args:
        centre_weight: Factor of predicted shifts of the centre.
        length_weight: Factor of predicted logarithms of the scale.
        max_factor: Maximum scale of the length.
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
        """Segments (..., 2) from anchors (..., 2) and deltas (..., 2), in grid steps."""
        centre, length = anchors.mean(-1), anchors.diff(dim=-1)[..., 0] + 1
        shift, factor = deltas.unbind(-1)
        centre = centre + shift / self.centre_weight * length
        factor = (factor / self.length_weight).clamp(max=self.max_log_factor)
        half = 0.5 * (factor.exp() * length - 1)
        return torch.stack([centre - half, centre + half], dim=-1)
