"""The classifier of segments with a memory.

Shape letters: B batch, T segments, C classes, S entries of a class, D model width.
"""

from typing import Any

import torch
from torch import Tensor

from ...arguments import Count, Part, checked
from ...registry import MODELS, build_part
from ..memories import Candidates
from .av_segment_classifier import AVSegmentClassifier, feature_widths
from .base_pyramid_model import AVFeatures


@MODELS.register_module()
class MemorySegmentClassifier(AVSegmentClassifier):
    """Labels segments by what it remembers of each class.

    In training a segment of each video gets into the memory, the one that the head finds best. The
    whole memory passes encoder and pyramid each time, as a batch of C videos of S segments; what
    the head is given then is the fused features (B, T, D), the encoder's two further streams
    (B, T, D), and the memory (C, S, D).

    Source: Ge et al., MM 2023 (LESP).

    Args:
        dim (int): Model width D.
        encoder (dict): Config of the encoder, which gives four streams.
        head (dict): Config of the head, which has ``agreement(features)`` and ``candidates``.
        memory (dict): Config of the memory.
        **kwargs: Of :class:`AVSegmentClassifier`.
    """

    @checked
    def __init__(self, dim: Count, encoder: Part, head: Part, memory: Part, **kwargs):
        super().__init__(dim=dim, encoder=encoder, head=head, **kwargs)
        shared = dict(num_classes=self.head.num_classes, **feature_widths(encoder))
        self.memory = build_part(MODELS, memory, **shared)

    def extract_feat(self, inputs: dict[str, Tensor]) -> AVFeatures:
        """Features of a batch, and of the memory as it is."""
        return self._with_memory(super().extract_feat(inputs))

    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch, whose best segments get into the memory first."""
        features = super().extract_feat(inputs)
        self._remember(inputs, features, data_samples)
        return self.losses(self._with_memory(features), data_samples)

    def _with_memory(self, features: AVFeatures) -> AVFeatures:
        remembered = super().extract_feat(self.memory.inputs())
        levels = [*features.levels, *features.extras, *remembered.levels]
        return features._replace(levels=levels)

    @torch.no_grad()
    def _remember(
        self, inputs: dict[str, Tensor], features: AVFeatures, data_samples: list
    ) -> None:
        scores = self.head.agreement(features.extras, features.mask, data_samples)
        score, step = scores.max(1)
        video = torch.arange(len(step), device=step.device)
        label = self.head.memory_class(data_samples, step.device)
        best: dict[str, Any] = {name: inputs[name][video, step] for name in ("visual", "audio")}
        self.memory.update(Candidates(**best, scores=score, labels=label))
