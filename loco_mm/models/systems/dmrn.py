"""The dual multimodal residual of DMRN (Tian et al., ECCV 2018).

Shape letters: B batch, T steps, D channels.
"""

from mmengine.model import BaseModule
from torch import Tensor, nn

from ...arguments import InitCfg, checked
from ...registry import MODELS
from ..features import FeatureSpec


@MODELS.register_module()
class CrossedResidual(BaseModule):
    """Adds the joint features of both streams to each of them.

    As in the authors' code the residual is crossed: the new visual stream is the audio stream plus
    the joint features, and vice versa. In the paper they are added to the stream itself.

    Args:
        spec: Sizes of the streams: their channels D.
    """

    @checked
    def __init__(self, spec: FeatureSpec, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        dim = spec.channels
        self.visual = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))
        self.audio = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Exchange features between the streams.

        Args:
            visual, audio: (B, T, D).
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: Visual and audio (B, T, D), 0 on padding.
        """
        common = (self.visual(visual) + self.audio(audio)) / 2
        keep = mask[..., None]
        return (audio + common).tanh() * keep, (visual + common).tanh() * keep
