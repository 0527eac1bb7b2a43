"""The unimodal encoder of LoCo and UnAV.

Shape letters: B batch, T steps, D model width, Dv and Da channels of the features.
"""

import torch
from mmengine.model import BaseModule
from pydantic import NonNegativeInt, PositiveInt
from torch import Tensor

from ...arguments import DropRate, InitCfg, Part, checked
from ...registry import MODELS
from ..features import FeatureSpec
from ..layers import check_channels, run_blocks
from .stream_encoder import StreamEncoder


@MODELS.register_module()
class UnimodalEncoder(BaseModule):
    """Encodes visual and audio features separately.

    Args:
        visual_dim: Channels Dv of the visual features.
        audio_dim: Channels Da of the audio features.
        spec: Sizes of its output streams: the width D, and the length of the position encoding,
            which is stretched for longer sequences.
        num_heads: Attention heads.
        num_layers: Number of self-attention blocks L_u per modality.
        drop_path: Stochastic depth.
        query_norm: Whether queries have a separate norm, as in UnAV (Geng et al., CVPR
            2023).
        attention: Config of the self-attention; :class:`GlobalAttention` by default, whose cost
            grows with the square of T. With ``dict(type='WindowAttention', adaptive=False,
            window_size=...)`` it is linear.
    """

    @checked
    def __init__(
        self,
        visual_dim: PositiveInt,
        audio_dim: PositiveInt,
        spec: FeatureSpec,
        num_heads: PositiveInt = 4,
        num_layers: NonNegativeInt = 2,
        drop_path: DropRate = 0.1,
        query_norm: bool = False,
        attention: Part | None = None,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        self.channels = dict(visual=visual_dim, audio=audio_dim)

        def stream(channels: int) -> StreamEncoder:
            return StreamEncoder(
                channels,
                spec,
                num_heads,
                num_layers,
                drop_path,
                attention=attention,
                query_norm=query_norm,
            )

        self.visual, self.audio = stream(visual_dim), stream(audio_dim)

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
        of_streams = self.visual.embed_steps(visual, mask), self.audio.embed_steps(audio, mask)
        x = torch.stack(of_streams)
        for blocks in zip(self.visual.blocks, self.audio.blocks, strict=True):
            x, _, _ = run_blocks(blocks, query=x.unbind(), context=x, mask=mask)
        return dict(visual=x[0], audio=x[1])
