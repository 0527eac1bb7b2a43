"""Layers that the components of the models share. Features are (B, T, C), masks bool (B, T)."""

from .attention import GlobalAttention
from .block import AttentionBlock, ProjectedAttention, build_block
from .block_group import run_blocks
from .channels import check_channels
from .conv import DepthwiseConv, TemporalConv, masked_max_pool
from .drop import DropPath, GaussianNoise, LayerScale
from .norm import MaskedGroupNorm
from .position import SinusoidPosition, sinusoids
from .post_norm import PostNorm, PostNormLayer, attend, check_heads
from .recurrent import BiLSTM
from .window_attention import WindowAttention

__all__ = [
    "AttentionBlock",
    "BiLSTM",
    "DepthwiseConv",
    "DropPath",
    "GaussianNoise",
    "GlobalAttention",
    "LayerScale",
    "MaskedGroupNorm",
    "PostNorm",
    "PostNormLayer",
    "ProjectedAttention",
    "SinusoidPosition",
    "TemporalConv",
    "WindowAttention",
    "attend",
    "build_block",
    "check_channels",
    "check_heads",
    "masked_max_pool",
    "run_blocks",
    "sinusoids",
]
