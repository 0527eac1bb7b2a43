"""The transformer layer of Vaswani et al. (NeurIPS 2017) with a single attention.

Shape letters: B sequences, T queries, S keys, D channels.
"""

from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, checked
from ...errors import InputError


class PostNorm(nn.Module):
    """An attention and an MLP, each followed by a residual and a LayerNorm.

    Subclasses apply the attention, and call :meth:`update` with its output.

    Args:
        attention (Module): The attention.
        dim: Channels D.
        mlp_channels: Hidden width of the MLP.
        dropout: Dropout in the MLP and of both branches.
    """

    def __init__(self, attention: nn.Module, dim: int, mlp_channels: int, dropout: float):
        super().__init__()
        self.attention = attention
        self.attention_norm = nn.LayerNorm(dim)
        fc1, fc2 = nn.Linear(dim, mlp_channels), nn.Linear(mlp_channels, dim)
        self.mlp = nn.Sequential(fc1, nn.ReLU(), nn.Dropout(dropout), fc2)
        self.mlp_norm = nn.LayerNorm(dim)
        self.drop = nn.Dropout(dropout)

    def update(self, x: Tensor, read: Tensor) -> Tensor:
        """(B, T, D) from queries and the output of the attention, of the same shape."""
        x = self.attention_norm(x + self.drop(read))
        return self.mlp_norm(x + self.drop(self.mlp(x)))


class PostNormLayer(PostNorm):
    """Multi-head attention and an MLP, each followed by a residual and a LayerNorm.

    With ``memory`` equal to ``query`` it is a transformer's encoder layer, otherwise its decoder
    layer without self-attention.

    Args:
        dim: Channels D.
        num_heads: Number of attention heads.
        mlp_channels: Hidden width of the MLP.
        dropout: Dropout of attention weights, in the MLP and of both branches.
    """

    attention: nn.MultiheadAttention

    @checked
    def __init__(
        self,
        dim: PositiveInt,
        num_heads: PositiveInt,
        mlp_channels: PositiveInt,
        dropout: DropRate = 0.1,
    ):
        check_heads(dim, num_heads)
        attention = nn.MultiheadAttention(dim, num_heads, dropout=dropout, batch_first=True)
        super().__init__(attention, dim, mlp_channels, dropout)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Update the queries.

        Args:
            query: (B, T, D).
            memory: (B, S, D) keys and values.
            mask: (B, S) bool, True = valid key; at least one per sequence.

        Returns:
            Tensor: (B, T, D), arbitrary on padding.
        """
        return self.update(query, attend(self.attention, query, memory, mask))


def attend(attention: nn.MultiheadAttention, query: Tensor, memory: Tensor, mask: Tensor | None):
    """(B, T, D) output for queries (B, T, D), memory (B, S, D) and mask (B, S), True = valid."""
    ignored = None if mask is None else ~mask
    return attention(query, memory, memory, key_padding_mask=ignored, need_weights=False)[0]


def check_heads(dim: int, num_heads: int) -> None:
    """Check that the width is divisible by the number of heads.

    Raises:
        InputError: The width is not a multiple of the number of heads.
    """
    if dim % num_heads:
        raise InputError(f"dim: expected a multiple of num_heads = {num_heads}, got {dim}")
