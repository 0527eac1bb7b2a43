"""The transformer block that all components use.

Shape letters: B batch, T steps, C channels, S stride.
"""

from collections.abc import Mapping, Sequence

from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, Part, checked
from ...registry import MODELS, build_part
from .conv import DepthwiseConv, masked_max_pool
from .drop import DropPath, LayerScale, add_branch
from .post_norm import check_heads


class _Projection(nn.Sequential):
    """Depthwise convolution, LayerNorm, linear layer: one of query, key, value."""

    def __init__(self, dim: int, stride: int):
        linear = nn.Linear(dim, dim)
        nn.init.zeros_(linear.bias)
        super().__init__(DepthwiseConv(dim, stride), nn.LayerNorm(dim), linear)


class ProjectedAttention(nn.Module):
    """Norms, convolutional projections, attention and output layer; base class of blocks.

    Args:
        dim: Channels C.
        num_heads: Attention heads.
        cross: Whether queries have a separate norm.
        stride: Downsampling of all three projections.
        attention (dict | None): Config of the attention, by default :class:`GlobalAttention`. It
            is built with ``dim``, ``num_heads`` and ``max_steps``, called with the projected
            ``query``, ``key``, ``value`` (B, T/S, C) and ``mask``, and returns (B, T/S, C), finite
            on padding, and values to log.
        max_steps: Number of steps T/S of a full training sequence, required by window attention.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        cross: bool = False,
        stride: int = 1,
        attention: Mapping | None = None,
        max_steps: int | None = None,
    ):
        super().__init__()
        check_heads(dim, num_heads)
        self.stride = stride
        self.context_norm = nn.LayerNorm(dim)
        self.query_norm = nn.LayerNorm(dim) if cross else None
        self.query = _Projection(dim, stride)
        self.key = _Projection(dim, stride)
        self.value = _Projection(dim, stride)
        self.attention = build_part(
            MODELS,
            attention or dict(type="GlobalAttention"),
            "attention",
            dim=dim,
            num_heads=num_heads,
            max_steps=max_steps,
        )
        self.output = nn.Linear(dim, dim)
        nn.init.zeros_(self.output.bias)

    def attend(
        self, query: Tensor, context: Tensor, mask: Tensor, **layout: Sequence[int]
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """(B, T, C) query and context with (B, T) mask to (B, T/S, C), mask, values to log."""
        keep = mask[..., None]
        # Norms write their bias to padded steps, which a convolution would mix into valid ones.
        normed = self.context_norm(context) * keep
        asking = normed if self.query_norm is None else self.query_norm(query) * keep
        out_mask = mask[:, :: self.stride]
        attended, figures = self.attention(
            query=self.query(asking),
            key=self.key(normed),
            value=self.value(normed),
            mask=out_mask,
            **layout,
        )
        return self.output(attended), out_mask, figures


@MODELS.register_module()
class AttentionBlock(ProjectedAttention):
    """Pre-norm attention block with convolutional projections.

    Keys, values and the residual come from ``context``, queries from ``query``. In a
    self-attention block both are the same tensor; in a cross-modal block of the visual stream,
    ``context`` is visual and ``query`` is audio, and vice versa.

    Args:
        dim: Channels C.
        num_heads: Attention heads.
        cross: Whether query and context are different streams, each with its own norm.
        stride: Downsampling of all three projections; the residual is max-pooled.
        attention: See :class:`ProjectedAttention`.
        max_steps: See :class:`ProjectedAttention`.
        drop_path: Stochastic depth of both residual branches.
        mlp_channels: Hidden channels of the MLP; 4 C by default.
    """

    @checked
    def __init__(
        self,
        dim: PositiveInt,
        num_heads: PositiveInt,
        cross: bool = False,
        stride: PositiveInt = 1,
        attention: Part | None = None,
        max_steps: PositiveInt | None = None,
        drop_path: DropRate = 0.0,
        mlp_channels: PositiveInt | None = None,
    ):
        super().__init__(dim, num_heads, cross, stride, attention, max_steps)
        self.attention_scale = LayerScale(dim)
        self.mlp_norm = nn.LayerNorm(dim)
        hidden = mlp_channels or 4 * dim
        fc1, fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
        self.mlp = nn.Sequential(fc1, nn.GELU(), fc2)
        self.mlp_scale = LayerScale(dim)
        self.drop_path = DropPath(drop_path)
        for linear in (fc1, fc2):
            nn.init.zeros_(linear.bias)

    def forward(
        self,
        *,
        query: Tensor,
        context: Tensor,
        mask: Tensor,
        spans: Sequence[int] | None = None,
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Update the context stream.

        Args:
            query: (B, T, C) stream of the queries.
            context: (B, T, C) stream of keys, values and the residual.
            mask: (B, T) bool, True = valid.
            spans: Steps of each of several sequences (:class:`Packing`), which do not attend to
                each other, for a stride of 1. By default there is one.

        Returns:
            tuple[Tensor, Tensor, dict[str, Tensor]]: (B, T/S, C) features, 0 on padding, (B, T/S)
            mask, and () values to log, by name.
        """
        layout = dict(spans=spans) if spans else {}
        attended, out_mask, figures = self.attend(query, context, mask, **layout)
        if self.stride > 1:
            context = masked_max_pool(context, mask, self.stride)
        x = add_branch(context, attended, self.attention_scale.scale, self.drop_path, spans)
        branch = self.mlp(self.mlp_norm(x))
        x = add_branch(x, branch, self.mlp_scale.scale, self.drop_path, spans)
        return x * out_mask[..., None], out_mask, figures


def build_block(
    block: Mapping | None,
    attention: Mapping | None,
    *,
    dim: int,
    num_heads: int,
    max_steps: int,
    cross: bool = False,
    stride: int = 1,
    drop_path: float = 0.0,
) -> nn.Module:
    """Build a block of an encoder or a pyramid.

    A block is built with ``dim``, ``stride`` and ``drop_path``; with ``num_heads`` and
    ``max_steps`` if its constructor has them; and with ``attention`` and ``cross`` if they are
    given. It is called with ``query``, ``context`` and ``mask``, and returns features and mask of
    its level and values to log, like :class:`AttentionBlock`.

    Args:
        block (dict | None): Its config; an :class:`AttentionBlock` by default.
        attention (dict | None): Config of its attention.
        dim: Channels.
        num_heads: Attention heads.
        max_steps: Number of output steps of a full training sequence.
        cross: Whether query and context are different streams.
        stride: Downsampling.
        drop_path: Stochastic depth.

    Raises:
        InputError: ``attention`` is given, but the block has none; or ``cross`` is set, but the
            block takes one stream only.
    """
    needed: dict = dict(dim=dim, stride=stride, drop_path=drop_path)
    if attention:
        needed["attention"] = attention
    if cross:
        needed["cross"] = cross
    return build_part(
        MODELS,
        block or dict(type="AttentionBlock"),
        "block" if block else "",
        dict(num_heads=num_heads, max_steps=max_steps),
        **needed,
    )
