"""Co-guided attention of sight and sound (He et al., MM 2024, CACE-Net).

Shape letters: B batch, T segments, N = H * W cells of a map, Dv and Da channels of the features.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from ...arguments import Count, InitCfg, ShareBelowOne, Weight, checked
from ...registry import MODELS
from .maps import weighted
from .spatial_channel_attention import SpatialChannelAttention


class _PlainAttention(nn.Module):
    """Attention with one head, whose products are not scaled."""

    def __init__(self, query_dim: int, memory_dim: int, dim: int, value_dim: int):
        super().__init__()
        self.query = nn.Linear(query_dim, dim)
        self.key = nn.Linear(memory_dim, dim)
        self.value = nn.Linear(memory_dim, value_dim)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """(..., T, D) of queries (..., T, Q) and memory (..., S, M) with mask (..., S)."""
        allowed = None if mask is None else mask[..., None, :]
        return F.scaled_dot_product_attention(
            self.query(query), self.key(memory), self.value(memory), attn_mask=allowed, scale=1.0
        )


@MODELS.register_module()
class CoGuidedAttention(SpatialChannelAttention):
    """What is heard guides what is seen, and the other way round.

    The cells attend to each other, twice. The first result guides the choice of channels
    (:class:`SpatialChannelAttention`) and, attended to by its own mean, gates what was chosen. The
    second asks the sound of all segments, which has attended to itself, and gates the sound.

    Args:
        visual_dim (int): Channels Dv. The model passes its encoder's, as it does Da.
        audio_dim (int): Channels Da.
        hidden_dim (int): Width of what attentions over channels and cells are computed from.
        visual_weight (float): Of the gate of what is seen.
        audio_weight (float): Of the gate of what is heard.
        dropout (float): On the cells after their embedding, and on what cells and segments tell
            each other.
    """

    @checked
    def __init__(
        self,
        visual_dim: Count = 512,
        audio_dim: Count = 128,
        hidden_dim: Count = 256,
        visual_weight: Weight = 0.4,
        audio_weight: Weight = 0.3,
        dropout: ShareBelowOne = 0.2,
        init_cfg: InitCfg = None,
    ):
        super().__init__(visual_dim, audio_dim, hidden_dim, dropout, init_cfg)
        self.visual_weight = visual_weight
        self.audio_weight = audio_weight
        narrow = max(1, visual_dim // 4)
        self.cells_for_visual = _PlainAttention(visual_dim, visual_dim, narrow, visual_dim)
        self.cells_for_audio = _PlainAttention(visual_dim, visual_dim, narrow, visual_dim)
        # One norm for both, as in the authors' code.
        self.cells_norm = nn.LayerNorm(visual_dim)
        self.mean_guide = nn.Linear(visual_dim, hidden_dim)
        self.mean_cells = nn.Linear(visual_dim, hidden_dim)
        self.mean_score = nn.Linear(hidden_dim, 1)
        self.sounds = _PlainAttention(audio_dim, audio_dim, audio_dim, audio_dim)
        self.sounds_norm = nn.LayerNorm(audio_dim)
        self.asked = _PlainAttention(visual_dim, audio_dim, audio_dim, audio_dim)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Attend.

        Args:
            visual (Tensor): (B, T, H, W, Dv), 0 on padding.
            audio (Tensor): (B, T, Da), 0 on padding.
            mask (Tensor): (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: visual (B, T, Dv) and audio (B, T, Da), 0 on padding.

        Raises:
            InputError: The features are no maps, or of other widths.
        """
        cells = self.embedded(visual, audio)
        seen = self.cells_norm(cells + self.drop(self.cells_for_visual(cells, cells)))
        asking = self.cells_norm(cells + self.drop(self.cells_for_audio(cells, cells)))
        guided = self.guided(seen, cells, audio)
        guided = guided + self.visual_weight * self._own(seen).sigmoid() * guided
        heard = self.sounds_norm(audio + self.drop(self.sounds(audio, audio, mask)))
        gate = self.asked(asking.mean(2), heard, mask).sigmoid()
        return guided * mask[..., None], audio * (1 + self.audio_weight * gate)

    def _own(self, cells: Tensor) -> Tensor:
        """(B, T, Dv) of cells (B, T, N, Dv), attended to by their mean."""
        guide = F.relu(self.mean_guide(cells.mean(2)))[:, :, None]
        return weighted(cells, self.mean_score(F.relu(self.mean_cells(cells)) * guide).tanh())
