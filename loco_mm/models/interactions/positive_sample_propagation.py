"""Positive sample propagation (Zhou et al., CVPR 2021).

Shape letters: B batch, T steps, T_i valid steps of a video, D channels.
"""

import torch.nn.functional as F
from mmengine.model import BaseModule
from pydantic import NonNegativeFloat
from torch import Tensor, nn

from ...arguments import DropRate, InitCfg, checked
from ...ops import at_least_float32
from ...registry import MODELS
from ..features import FeatureSpec

_EPS = 1e-8


@MODELS.register_module()
class PositiveSamplePropagation(BaseModule):
    """Adds to each segment the features of matching segments of the other stream.

    The match of two segments is computed from linear projections. Each row of the resulting matrix
    is normalized to a sum of 1, and values not above ``threshold`` are dropped.

    Args:
        spec: Sizes of the streams: their channels D.
        threshold: Threshold in units of a uniform distribution, 1 / T_i: 0.99 and 0.95 are the
            authors' 0.099 and 0.095 for ten segments.
        renormalize: Whether the remaining values of a row are normalized again.
        project: Whether to apply a linear layer and ReLU to both streams afterwards.
        dropout: Dropout after each linear layer.
    """

    @checked
    def __init__(
        self,
        spec: FeatureSpec,
        threshold: NonNegativeFloat = 0.99,
        renormalize: bool = True,
        project: bool = True,
        dropout: DropRate = 0.1,
        init_cfg: InitCfg = None,
    ):
        super().__init__(init_cfg)
        dim = spec.channels
        self.threshold = threshold
        self.renormalize = renormalize
        # Projections for the comparison, and of the features that are passed on.
        self.visual_value = nn.Linear(dim, dim, bias=False)
        self.visual_query = nn.Linear(dim, dim, bias=False)
        self.audio_key = nn.Linear(dim, dim, bias=False)
        self.audio_value = nn.Linear(dim, dim, bias=False)
        self.visual_output = nn.Linear(dim, dim, bias=False) if project else None
        self.audio_output = nn.Linear(dim, dim, bias=False) if project else None
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.drop = nn.Dropout(dropout)
        for part in self.children():
            if isinstance(part, nn.Linear):
                nn.init.xavier_uniform_(part.weight)

    def forward(self, visual: Tensor, audio: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Exchange features between the streams.

        Args:
            visual, audio: (B, T, D).
            mask: (B, T) bool, True = valid.

        Returns:
            tuple[Tensor, Tensor]: Visual and audio (B, T, D), 0 on padding.
        """
        query, key = self._branch(self.visual_query, visual), self._branch(self.audio_key, audio)
        fit = F.relu(query @ key.transpose(1, 2) / query.shape[-1] ** 0.5)
        fit = at_least_float32(fit) * (mask[:, :, None] & mask[:, None])
        from_audio = self._kept(fit, mask) @ self._branch(self.audio_value, audio)
        from_visual = self._kept(fit.transpose(1, 2), mask) @ self._branch(
            self.visual_value, visual
        )
        keep = mask[..., None]
        visual = self._output(self.visual_output, visual + from_audio) * keep
        return visual, self._output(self.audio_output, audio + from_visual) * keep

    def _branch(self, linear: nn.Linear, x: Tensor) -> Tensor:
        return self.drop(F.relu(linear(x)))

    def _kept(self, fit: Tensor, mask: Tensor) -> Tensor:
        """(B, T, T) rows after thresholding; dropped values are excluded from their sum."""
        share = fit / (fit.sum(-1, keepdim=True) + _EPS)
        threshold = self.threshold / mask.sum(1)[:, None, None]
        share = share * (share > threshold)
        if self.renormalize:
            share = share / (share.sum(-1, keepdim=True) + _EPS)
        return share

    def _output(self, linear: nn.Linear | None, x: Tensor) -> Tensor:
        return self.norm(x if linear is None else self._branch(linear, x))
