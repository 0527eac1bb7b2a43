"""Encodes segments as distances from a point.

Shape letters: M pairs of a point and an event.
"""

from torch import Tensor
from torch.nn.functional import relu

from ...registry import TASK_UTILS
from ...structures import decode_offsets, encode_offsets


@TASK_UTILS.register_module()
class DistanceCoder:
    """Distances from a point to both ends, in strides of its level (FCOS, Tian et al., ICCV 2019).

    Other coders implement the same three methods.
    """

    def activate(self, raw: Tensor) -> Tensor:
        """(..., 2) offsets from the output of the last layer times the scale of its level."""
        return relu(raw)

    def encode(self, position: Tensor, stride: Tensor, segments: Tensor) -> Tensor:
        """(M, 2) target offsets.

        Args:
            position: (M,) positions of the points, in grid steps.
            stride: (M,) strides of the points, in grid steps.
            segments: (M, 2) in grid steps.
        """
        return encode_offsets(position, stride, segments)

    def decode(self, position: Tensor, stride: Tensor, offsets: Tensor) -> Tensor:
        """(M, 2) segments in grid steps: the inverse of :meth:`encode`."""
        return decode_offsets(position, stride, offsets)
