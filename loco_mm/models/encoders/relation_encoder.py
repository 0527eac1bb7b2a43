"""The encoder of CMRAN: attention within a stream and across streams.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

import torch
from mmengine.model import BaseModule
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import BiLSTM, PostNormLayer, check_channels


class _SelfAttention(nn.Module):
    """Self-attention of one stream."""

    def __init__(
        self, in_channels: int, dim: int, num_heads: int, num_layers: int, mlp: int, drop: float
    ):
        super().__init__()
        self.embed = nn.Linear(in_channels, dim)
        self.layers = nn.ModuleList(
            PostNormLayer(dim, num_heads, mlp, drop) for _ in range(num_layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.embed(x)
        for layer in self.layers:
            x = layer(x, x, mask)
        return x


class _CrossModalAttention(nn.Module):
    """Attention of one stream to the other encoded stream and to itself, CMRA."""

    def __init__(self, in_channels: int, dim: int, num_heads: int, mlp: int, drop: float):
        super().__init__()
        self.embed = nn.Linear(in_channels, dim)
        self.layer = PostNormLayer(dim, num_heads, mlp, drop)

    def forward(self, x: Tensor, other: Tensor, mask: Tensor) -> Tensor:
        query = self.embed(x)
        memory = torch.cat([other, query], dim=1)
        return self.layer(query, memory, torch.cat([mask, mask], dim=1))


@MODELS.register_module()
class RelationEncoder(BaseModule):
    """Each stream attends to the other encoded stream and to itself.

    The queries are the input features, not the encoded ones.

    Source: Xu et al., MM 2020, cross-modal relation attention; LSTMs before it and gates behind it,
    as in CACE-Net, He et al., MM 2024.

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        spec: Sizes of its output streams: the width D.
        num_heads: Attention heads.
        num_layers: Number of self-attention layers that encode keys and values.
        within_channels: Hidden width of the MLPs in self-attention.
        across_channels: Hidden width of the MLPs in cross-modal attention.
        dropout: Dropout probability in all layers.
        recurrent: Whether each stream first passes through a bidirectional LSTM, of width 2D
            (visual) and D (audio).
        gate_weight: Weight of a gate computed from each encoded stream and applied to the output
            of the other.
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        num_layers: NonNegativeInt = 2,
        within_channels: PositiveInt = 2048,
        across_channels: PositiveInt = 2048,
        dropout: DropRate = 0.1,
        recurrent: bool = False,
        gate_weight: NonNegativeFloat | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.gate_weight = gate_weight
        dim = spec.channels
        self.visual_recurrent = BiLSTM(visual_dim, 2 * dim) if recurrent else None
        self.audio_recurrent = BiLSTM(audio_dim, dim) if recurrent else None
        visual_dim, audio_dim = (2 * dim, dim) if recurrent else (visual_dim, audio_dim)
        within = (dim, num_heads, num_layers, within_channels, dropout)
        across = (dim, num_heads, across_channels, dropout)
        self.visual_within = _SelfAttention(visual_dim, *within)
        self.audio_within = _SelfAttention(audio_dim, *within)
        self.visual_across = _CrossModalAttention(visual_dim, *across)
        self.audio_across = _CrossModalAttention(audio_dim, *across)
        self.visual_gate = nn.Linear(dim, 1) if gate_weight is not None else None
        self.audio_gate = nn.Linear(dim, 1) if gate_weight is not None else None

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual: (B, T, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: ``visual`` and ``audio`` (B, T, D), 0 on padding; and with gates
            their product ``gates`` (B, T) in [0, 1], which can be used as relevance of the
            segment.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        if self.visual_recurrent is not None and self.audio_recurrent is not None:
            lengths = mask.sum(1).cpu()
            visual = self.visual_recurrent(visual, lengths)
            audio = self.audio_recurrent(audio, lengths)
        seen, heard = self.visual_within(visual, mask), self.audio_within(audio, mask)
        keep = mask[..., None]
        visual = self.visual_across(visual, heard, mask) * keep
        audio = self.audio_across(audio, seen, mask) * keep
        if self.visual_gate is None or self.audio_gate is None:
            return dict(visual=visual, audio=audio)
        by_visual, by_audio = self.visual_gate(seen).sigmoid(), self.audio_gate(heard).sigmoid()
        return dict(
            visual=visual * (1 + self.gate_weight * by_audio),
            audio=audio * (1 + self.gate_weight * by_visual),
            gates=(by_visual * by_audio)[..., 0],
        )
