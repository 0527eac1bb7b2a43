"""Audio-guided visual attention (Tian et al., ECCV 2018).

Shape letters: B batch, T segments, N = H * W cells of a map, Dv and Da channels of the features,
D width of the attention.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import Count, InitCfg, checked
from ...errors import InputError
from ...registry import MODELS
from ..layers import check_channels


@MODELS.register_module()
class AudioGuidedAttention(BaseModule):
    """Weighs the cells of a map by what is heard, and sums them.

    As in the authors' code the projected sound has a number for each cell, which all hidden units
    of that cell share: a hidden unit j of cell n is ``tanh((W_v v_n)_j + (W_g a)_n)``. So the
    number of cells is fixed.

    Args:
        visual_dim (int): Channels Dv. The model passes its encoder's, as it does Da.
        audio_dim (int): Channels Da.
        hidden_dim (int): Width D of both embeddings.
        num_cells (int): Cells N.
    """

    @checked
    def __init__(
        self,
        visual_dim: Count = 512,
        audio_dim: Count = 128,
        hidden_dim: Count = 512,
        num_cells: Count = 49,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        self.num_cells = num_cells
        self.visual_embed = nn.Linear(visual_dim, hidden_dim)
        self.audio_embed = nn.Linear(audio_dim, hidden_dim)
        self.visual_hidden = nn.Linear(hidden_dim, num_cells, bias=False)
        self.audio_hidden = nn.Linear(hidden_dim, num_cells, bias=False)
        self.score = nn.Linear(num_cells, 1, bias=False)

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        """Attend.

        Args:
            visual (Tensor): (B, T, H, W, Dv).
            audio (Tensor): (B, T, Da).

        Returns:
            Tensor: (B, T, Dv), sums of the cells as they came; 0 where all of them are.

        Raises:
            InputError: The features are no maps, or of other sizes.
        """
        if visual.ndim != 5 or visual.shape[2] * visual.shape[3] != self.num_cells:
            raise InputError(
                f"visual features of shape {tuple(visual.shape)} found, maps (B, T, H, W, Dv) of "
                f"{self.num_cells} cells expected by model.spatial: set dataset.features='map'"
            )
        check_channels("spatial", dict(visual=visual, audio=audio), self.channels)
        cells = visual.flatten(2, 3)
        heard = self.audio_hidden(F.relu(self.audio_embed(audio)))
        seen = self.visual_hidden(F.relu(self.visual_embed(cells)))
        score = self.score((seen + heard[..., None]).tanh())
        return (score.softmax(2) * cells).sum(2)
