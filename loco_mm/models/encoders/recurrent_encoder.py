"""The recurrent encoder of AVEL and of systems based on it.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

from collections.abc import Sequence

from mmengine.model import BaseModule
from pydantic import PositiveInt
from torch import Tensor, nn

from ...arguments import InitCfg, Part, checked
from ...registry import MODELS, build_part
from ..features import FeatureSpec
from ..layers import BiLSTM, check_channels


@MODELS.register_module()
class RecurrentEncoder(BaseModule):
    """One bidirectional LSTM per stream, followed by an interaction of both streams.

    Source: Tian et al., ECCV 2018; with linear maps before the visual LSTM, PSP (Zhou et al., CVPR
    2021).

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        spec: Sizes of its output streams: the width D of both directions together.
        visual_widths: Widths of linear layers before the visual LSTM, without activations.
        visual_bias: Whether these layers have a bias.
        interaction: Config of the interaction of both streams, built with ``spec``. It is called
            with visual, audio (B, T, D) and mask, and returns both streams.
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        spec: FeatureSpec,
        visual_widths: Sequence[PositiveInt] = (),
        visual_bias: bool = False,
        interaction: Part | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)
        widths = [visual_dim, *visual_widths]
        self.visual_maps = nn.Sequential(
            *(nn.Linear(a, b, bias=visual_bias) for a, b in zip(widths, widths[1:], strict=False))
        )
        self.visual = BiLSTM(widths[-1], spec.channels)
        self.audio = BiLSTM(audio_dim, spec.channels)
        self.interaction = None
        if interaction:
            self.interaction = build_part(MODELS, interaction, "interaction", spec=spec)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Encode a batch.

        Args:
            visual: (B, T, Dv), 0 on padding.
            audio: (B, T, Da), 0 on padding.
            mask: (B, T) bool, True = valid.

        Returns:
            dict[str, Tensor]: ``visual`` and ``audio`` (B, T, D), 0 on padding.

        Raises:
            InputError: The features have other widths than ``visual_dim`` and ``audio_dim``.
        """
        check_channels("encoder", dict(visual=visual, audio=audio), self.channels)
        lengths = mask.sum(1).cpu()
        visual, audio = self.visual(self.visual_maps(visual), lengths), self.audio(audio, lengths)
        if self.interaction is not None:
            visual, audio = self.interaction(visual, audio, mask)
        return dict(visual=visual, audio=audio)
