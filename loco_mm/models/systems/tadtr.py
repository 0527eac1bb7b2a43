"""Components of TadTR (Liu et al., TIP 2022): temporal deformable attention, and actionness.

Shape letters: B batch, T steps, D model width, Q queries, H heads, P points per head, N layers. A
segment is a centre and a width, both relative to the valid steps of the sequence.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, checked
from ...ops import align_segments, at_least_float32, sample_points, to_ends
from ...registry import MODELS
from ..encoders import BaseJointEncoder
from ..features import FeatureSpec
from ..layers import MaskedGroupNorm, PostNorm, check_heads, sinusoids

GROUPS = 32


class DeformableAttention(nn.Module):
    """Each query samples a few points at learned offsets from its reference.

    Source: Deformable DETR (Zhu et al., ICLR 2021), Eq. 2, in one dimension and on one level.

    Args:
        dim: Channels D.
        num_heads: Number of heads H.
        num_points: Number of points P per head.
    """

    def __init__(self, dim: int, num_heads: int, num_points: int):
        super().__init__()
        check_heads(dim, num_heads)
        self.num_heads, self.num_points = num_heads, num_points
        self.sampling_offsets = nn.Linear(dim, num_heads * num_points)
        self.attention_weights = nn.Linear(dim, num_heads * num_points)
        self.value_proj, self.output_proj = nn.Linear(dim, dim), nn.Linear(dim, dim)
        for layer in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        for layer in (self.sampling_offsets, self.attention_weights):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        # Heads start with opposite directions, and points with increasing distances.
        side = (torch.arange(num_heads) * 4 * math.pi / num_heads).cos()
        start = side[:, None] * torch.arange(1, num_points + 1)
        self.sampling_offsets.bias.data = start.flatten()

    def activate_branches(self) -> None:
        """Start with weights for which tests see an effect of the queries."""
        for layer in (self.sampling_offsets, self.attention_weights):
            nn.init.normal_(layer.weight, std=0.2)

    def forward(self, query: Tensor, reference: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """Apply the attention.

        Args:
            query: (B, Q, D).
            reference: (B, Q, 1) in steps, with offsets in steps; or (B, Q, 2) with a width, with
                offsets relative to half the width.
            memory: (B, T, D).
            mask: (B, T) bool, True = valid; values of other steps are 0.

        Returns:
            Tensor: (B, Q, D).
        """
        heads = self.num_heads
        values = self.value_proj(memory) * mask[..., None]
        offsets = at_least_float32(self.sampling_offsets(query)).unflatten(-1, (heads, -1))
        weights = at_least_float32(self.attention_weights(query)).unflatten(-1, (heads, -1))
        if reference.shape[-1] == 2:
            offsets = offsets * reference[..., 1, None, None] * (0.5 / self.num_points)
        position = reference[..., 0, None, None] + offsets
        found = sample_points(values.unflatten(-1, (heads, -1)), position, weights.softmax(-1))
        return self.output_proj(found.flatten(2))


class DeformableEncoderLayer(PostNorm):
    """Deformable self-attention and an MLP, each followed by a residual and a LayerNorm.

    Args:
        dim: Channels D.
        num_heads: Number of heads.
        num_points: Number of points per head.
        mlp_channels: Hidden width of the MLP.
        dropout: Dropout in the MLP and of both branches.
    """

    def __init__(
        self, dim: int, num_heads: int, num_points: int, mlp_channels: int, dropout: float
    ):
        attention = DeformableAttention(dim, num_heads, num_points)
        super().__init__(attention, dim, mlp_channels, dropout)

    def forward(
        self, x: Tensor, position: Tensor, reference: Tensor, memory: Tensor, mask: Tensor
    ) -> Tensor:
        """Update queries (B, Q, D) with positions (B, Q, D) from a memory (B, T, D)."""
        return self.update(x, self.attention(x + position, reference, memory, mask))


class DeformableDecoderLayer(DeformableEncoderLayer):
    """A deformable layer preceded by self-attention between queries.

    Args:
        dim: Channels D.
        num_heads: Number of heads.
        num_points: Number of points per head.
        mlp_channels: Hidden width of the MLP.
        dropout: Dropout in the MLP, of all branches, and of the self-attention weights.
    """

    def __init__(
        self, dim: int, num_heads: int, num_points: int, mlp_channels: int, dropout: float
    ):
        super().__init__(dim, num_heads, num_points, mlp_channels, dropout)
        self.self_attention = nn.MultiheadAttention(dim, num_heads, dropout, batch_first=True)
        self.self_norm = nn.LayerNorm(dim)

    def forward(
        self, x: Tensor, position: Tensor, reference: Tensor, memory: Tensor, mask: Tensor
    ) -> Tensor:
        """See :meth:`DeformableEncoderLayer.forward`."""
        query = x + position
        read, _ = self.self_attention(query, query, x, need_weights=False)
        x = self.self_norm(x + self.drop(read))
        return super().forward(x, position, reference, memory, mask)


@MODELS.register_module()
class DeformableEncoder(BaseJointEncoder):
    """Encodes concatenated features with deformable self-attention.

    Args:
        spec: Sizes of the output stream: its width D, a multiple of 32.
        num_heads: Number of attention heads.
        num_points: Number of points per head.
        num_layers: Number of layers.
        mlp_channels: Hidden width of the MLPs.
        dropout: Dropout of the layers.
        **kwargs: See :class:`BaseJointEncoder`.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_heads: PositiveInt = 8,
        num_points: PositiveInt = 4,
        num_layers: PositiveInt = 4,
        mlp_channels: PositiveInt = 1024,
        dropout: DropRate = 0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        dim = spec.channels
        self.project = nn.Linear(self.in_channels, dim)
        self.norm = MaskedGroupNorm(GROUPS, dim)
        self.level_embed = nn.Parameter(torch.randn(dim))
        self.layers = nn.ModuleList(
            DeformableEncoderLayer(dim, num_heads, num_points, mlp_channels, dropout)
            for _ in range(num_layers)
        )
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        _start_mlps(self.layers)

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`BaseJointEncoder.encode`."""
        x = self.norm(self.project(x), mask)
        position = relative_position(mask, x.shape[-1]).to(x.dtype) + self.level_embed
        reference = torch.arange(x.shape[1], device=x.device).expand(len(x), -1)[..., None]
        for layer in self.layers:
            x = layer(x, position, reference, x, mask)
        return x * mask[..., None]


def _start_mlps(layers: nn.ModuleList) -> None:
    """Initialize matrices of MLPs and self-attention as in transformers."""
    for name, values in layers.named_parameters():
        if values.ndim > 1 and ("mlp" in name or "self_attention" in name):
            nn.init.xavier_uniform_(values)


def relative_position(mask: Tensor, dim: int) -> Tensor:
    """(B, T, D) sine and cosine of positions that run from 0 to 2 pi over a video's steps.

    Args:
        mask: (B, T) bool, True = valid; valid steps come first.
        dim: Channels D.
    """
    count = mask.cumsum(1).float()
    place = 2 * math.pi * count / (count[:, -1:] + 1e-6)
    return sinusoids(place, dim)


class DecodedQueries(NamedTuple):
    """Output of a decoder after each layer.

    Attributes:
        states: (N, B, Q, D).
        segments: (N, B, Q, 2) centres and widths.
    """

    states: Tensor
    segments: Tensor


@MODELS.register_module()
class DeformableDecoder(BaseModule):
    """Queries that attend to a stream and predict a segment after each layer.

    The first layer attends around a point, and each further layer over the segment predicted so
    far, which it corrects (iterative refinement).

    Source: TadTR (Liu et al., TIP 2022).

    Args:
        spec: Sizes of the stream: its width D.
        num_queries: Number of queries Q, the maximum number of events per video.
        num_heads: Number of attention heads.
        num_points: Number of points per head.
        num_layers: Number of layers N.
        mlp_channels: Hidden width of the MLPs.
        dropout: Dropout of the layers.
        refine: Whether layers correct segments. Otherwise all layers attend around the point, and
            predict segments relative to it with a shared MLP.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        num_queries: PositiveInt = 40,
        num_heads: PositiveInt = 8,
        num_points: PositiveInt = 4,
        num_layers: PositiveInt = 4,
        mlp_channels: PositiveInt = 1024,
        dropout: DropRate = 0.1,
        refine: bool = True,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim = spec.channels
        self.num_layers, self.refine = num_layers, refine
        # Position and content of each query.
        self.query_embed = nn.Embedding(num_queries, 2 * dim)
        self.reference_points = nn.Linear(dim, 1)
        self.layers = nn.ModuleList(
            DeformableDecoderLayer(dim, num_heads, num_points, mlp_channels, dropout)
            for _ in range(num_layers)
        )
        self.segments = nn.ModuleList(_mlp(dim, dim, 2) for _ in range(num_layers if refine else 1))
        nn.init.xavier_uniform_(self.reference_points.weight)
        nn.init.zeros_(self.reference_points.bias)
        _start_mlps(self.layers)
        for mlp in self.segments:
            nn.init.zeros_(mlp.get_parameter("4.weight"))
            nn.init.zeros_(mlp.get_parameter("4.bias"))
        # Segments are short initially.
        self.segments[0].get_parameter("4.bias").data[1] = -2.0

    def activate_branches(self) -> None:
        """Start with weights for which tests see an effect of the refinement."""
        for mlp in self.segments:
            nn.init.normal_(mlp.get_parameter("4.weight"), std=0.2)

    def forward(self, memory: Tensor, mask: Tensor) -> DecodedQueries:
        """Decode a batch.

        Args:
            memory: (B, T, D), 0 on padding.
            mask: (B, T) bool, True = valid.
        """
        every = torch.arange(self.query_embed.num_embeddings, device=memory.device)
        position, x = self.query_embed(every.expand(len(memory), -1)).chunk(2, dim=-1)
        segment = at_least_float32(self.reference_points(position)).sigmoid()
        steps = mask.sum(1)[:, None, None]
        states, segments = [], []
        for number, layer in enumerate(self.layers):
            reference = segment * steps
            # The centre of step 0 is at half a step.
            reference = torch.cat([reference[..., :1] - 0.5, reference[..., 1:]], dim=-1)
            x = layer(x, position, reference, memory, mask)
            found = self._correct(segment, self.segments[number if self.refine else 0](x))
            states.append(x)
            segments.append(found)
            if self.refine:
                segment = found.detach()
        return DecodedQueries(torch.stack(states), torch.stack(segments))

    @staticmethod
    def _correct(segment: Tensor, change: Tensor) -> Tensor:
        """(B, Q, 2) segments from segments (B, Q, 2) or points (B, Q, 1), and changes of logits."""
        known = F.pad(segment.logit(eps=1e-5), (0, 2 - segment.shape[-1]))
        return (at_least_float32(change) + known).sigmoid()


def _mlp(dim: int, hidden: int, out: int) -> nn.Sequential:
    """An MLP with three layers."""
    return nn.Sequential(
        nn.Linear(dim, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, out),
    )


@MODELS.register_module()
class ActionnessRegressor(BaseModule):
    """Predicts the overlap of a segment with an event from the features in and around it.

    Source: TadTR (Liu et al., TIP 2022).

    Args:
        spec: Sizes of the stream: its width D.
        bins: Number of parts of a segment, whose mean features are used.
        scale_factor: Segments are extended to this multiple of their width.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        bins: PositiveInt = 16,
        scale_factor: PositiveFloat = 1.5,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.bins, self.scale_factor = bins, scale_factor
        self.mlp = _mlp(bins * spec.channels, spec.channels, 1)

    def forward(self, memory: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """Score segments.

        Args:
            memory: (B, T, D).
            mask: (B, T) bool, True = valid.
            segments: (B, Q, 2) centres and widths, which get no gradient.

        Returns:
            Tensor: (B, Q) in [0, 1].
        """
        steps = mask.sum(1)
        centre, width = segments.unbind(-1)
        ends = to_ends(torch.stack([centre, self.scale_factor * width], dim=-1)).clamp(0, 1)
        ends = ends * steps[:, None, None]
        parts = align_segments(memory, steps, ends, self.bins)
        # Channels first, as in the published weights.
        return at_least_float32(self.mlp(parts.transpose(2, 3).flatten(2))[..., 0]).sigmoid()
