"""Audio-guided spatial-channel attention (Xu et al., MM 2020).

Shape letters: B batch, T segments, N = H * W cells of a map, Dv and Da channels of the features.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, checked
from ...registry import MODELS
from ..layers import check_channels
from .maps import cells_of, weighted


@MODELS.register_module()
class SpatialChannelAttention(BaseModule):
    """Audio-guided attention over the channels of a map, then over its cells.

    Args:
        visual_dim: Channels Dv, passed by the model like Da.
        audio_dim: Channels Da.
        hidden_dim: Hidden width of both attentions.
        dropout: Dropout of the embedded cells.
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        hidden_dim: PositiveInt = 256,
        dropout: DropRate = 0.2,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.embed = nn.Linear(visual_dim, visual_dim)
        self.drop = nn.Dropout(dropout)
        self.visual_channels = nn.Linear(visual_dim, visual_dim)
        self.audio_channels = nn.Linear(audio_dim, visual_dim)
        self.squeeze = nn.Linear(visual_dim, hidden_dim)
        self.gate = nn.Linear(hidden_dim, visual_dim)
        self.visual_cells = nn.Linear(visual_dim, hidden_dim)
        self.audio_cells = nn.Linear(audio_dim, hidden_dim)
        self.score = nn.Linear(hidden_dim, 1)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the attention.

        Args:
            visual: (B, T, H, W, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: Visual (B, T, Dv), and the unchanged audio; 0 on padding.

        Raises:
            InputError: The features are not maps, or have other widths.
        """
        cells = self.embedded(visual, audio)
        return self.guided(cells, cells, audio) * mask[..., None], audio

    def embedded(self, visual: Tensor, audio: Tensor) -> Tensor:
        """(B, T, N, Dv) cells of maps after the first linear layer."""
        cells = cells_of(visual)
        check_channels("spatial", dict(visual=visual, audio=audio), self.channels)
        return self.drop(F.relu(self.embed(cells)))

    def guided(self, query: Tensor, cells: Tensor, audio: Tensor) -> Tensor:
        """(B, T, Dv) from cells (B, T, N, Dv), audio (B, T, Da) and a query shaped as the cells.

        The query and the audio determine the weights of the channels.
        """
        both = F.relu(self.visual_channels(query)) * F.relu(self.audio_channels(audio))[:, :, None]
        gate = self.gate(F.relu(self.squeeze(both.mean(2)))).sigmoid()
        cells = cells * (1 + gate[:, :, None])
        both = F.relu(self.visual_cells(cells)) * F.relu(self.audio_cells(audio))[:, :, None]
        return weighted(cells, self.score(both).tanh())
