"""Layers that the model's parts are made of. Features are (B, T, C), masks bool (B, T)."""

from .attention import GlobalAttention, WindowAttention
from .block import AttentionBlock
from .channels import check_channels
from .conv import DepthwiseConv, TemporalConv, masked_max_pool
from .drop import DropPath, LayerScale
from .position import SinusoidPosition

__all__ = [
    "AttentionBlock",
    "LayerScale",
    "DepthwiseConv",
    "DropPath",
    "GlobalAttention",
    "SinusoidPosition",
    "TemporalConv",
    "WindowAttention",
    "check_channels",
    "masked_max_pool",
]
