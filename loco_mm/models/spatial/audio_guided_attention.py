"""Audio-guided visual attention (Tian et al., ECCV 2018).

Shape letters: B batch, T segments, N = H * W cells of a map, Dv and Da channels of the features,
D width of the attention.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, checked
from ...registry import MODELS
from ..layers import check_channels
from .maps import cells_of, weighted


@MODELS.register_module()
class AudioGuidedAttention(BaseModule):
    """Averages the cells of a map with weights that depend on the audio features.

    As in the authors' code, the projected audio has one value per cell, which is shared by all
    hidden units: hidden unit j of cell n is ``tanh((W_v v_n)_j + (W_g a)_n)``. Thus the number of
    cells is fixed.

    Args:
        visual_dim: Channels Dv, passed by the model like Da.
        audio_dim: Channels Da.
        hidden_dim: Width D of both embeddings.
        num_cells: Number of cells N.
        audio_hidden_dim: Hidden width of two additional linear layers for the audio features, as in
            PSP (Zhou et al., CVPR 2021).
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        hidden_dim: PositiveInt = 512,
        num_cells: PositiveInt = 49,
        audio_hidden_dim: PositiveInt | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.num_cells = num_cells
        self.audio_maps = nn.Sequential()
        if audio_hidden_dim is not None:
            self.audio_maps.append(nn.Linear(audio_dim, audio_hidden_dim, bias=False))
            self.audio_maps.append(nn.Linear(audio_hidden_dim, audio_dim, bias=False))
        self.visual_embed = nn.Linear(visual_dim, hidden_dim)
        self.audio_embed = nn.Linear(audio_dim, hidden_dim)
        self.visual_hidden = nn.Linear(hidden_dim, num_cells, bias=False)
        self.audio_hidden = nn.Linear(hidden_dim, num_cells, bias=False)
        self.score = nn.Linear(num_cells, 1, bias=False)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the attention.

        Args:
            visual: (B, T, H, W, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: Visual (B, T, Dv), weighted sums of the input cells, and audio
            (B, T, Da); 0 on padding.

        Raises:
            InputError: The features are not maps, or have other sizes.
        """
        cells = cells_of(visual, self.num_cells)
        check_channels("spatial", dict(visual=visual, audio=audio), self.channels)
        audio = self.audio_maps(audio)
        heard = self.audio_hidden(F.relu(self.audio_embed(audio)))
        seen = self.visual_hidden(F.relu(self.visual_embed(cells)))
        score = self.score((seen + heard[..., None]).tanh())
        return weighted(cells, score), audio
