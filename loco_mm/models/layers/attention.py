"""Attention of every step to every step.

Shape letters: B batch, T steps, H heads, C channels, G layers.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import checked
from ...ops import mask_bias
from ...registry import MODELS


@MODELS.register_module()
class GlobalAttention(nn.Module):
    """Multi-head attention of every step to every valid step (Vaswani et al., NeurIPS 2017).

    Args:
        dim: Channels C.
        num_heads: Heads H.
        max_steps: Not used, as every step is attended to.
    """

    @checked
    def __init__(
        self, dim: PositiveInt, num_heads: PositiveInt, max_steps: PositiveInt | None = None
    ):
        super().__init__()
        self.num_heads = num_heads

    def forward(
        self,
        *,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor,
        spans: Sequence[int] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Attend.

        Args:
            query, key, value: (B, T, C), projected.
            mask: (B, T) bool, True = valid key.
            spans: Steps of each of several sequences, whose sum is T and which do not attend to
                each other. By default there is one.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: (B, T, C), finite but arbitrary for a sequence
            without a valid key; and an empty dict of values to log.
        """
        heads = (x.unflatten(-1, (self.num_heads, -1)) for x in (query, key, value))
        bias = mask_bias(~mask, query.dtype)[..., None, None]
        parts = [x.split(spans or [query.shape[1]], dim=1) for x in (*heads, bias)]
        out = [
            F.scaled_dot_product_attention(
                q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), b.permute(0, 2, 3, 1)
            ).transpose(1, 2)
            for q, k, v, b in zip(*parts, strict=True)
        ]
        return (out[0] if len(out) == 1 else torch.cat(out, 1)).flatten(2), {}

    @staticmethod
    def attend_grouped(
        layers: Sequence["GlobalAttention"], query: Tensor, key: Tensor, value: Tensor, mask: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The same for several layers at once, see :class:`WindowAttention`."""
        return layers[0](query=query, key=key, value=value, mask=mask)
