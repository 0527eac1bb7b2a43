"""The audio-visual pair similarity loss of PSP (Zhou et al., CVPR 2021, Eq. 8 and 9).

Shape letters: B batch, T segments, D channels.
"""

import torch.nn.functional as F
from pydantic import NonNegativeFloat
from torch import Tensor

from ...arguments import checked
from ...ops import at_least_float32
from ...registry import MODELS
from ..features import Features
from ..heads import has_event
from .base_auxiliary_loss import BaseAuxiliaryLoss

_EPS = 1e-8


@MODELS.register_module()
class PairSimilarityLoss(BaseAuxiliaryLoss):
    """Makes both streams similar in segments with the event, and only there.

    The cosine similarities within a video, normalized to a sum of 1, are compared with a uniform
    distribution over the segments with an event. Videos without an event are ignored; in the
    authors' code their target is 1 / 10 everywhere, or what another video has left there.

    Args:
        loss_weight: Weight of the loss.
        **kwargs: See :class:`BaseAuxiliaryLoss`.
    """

    reads_segments = True

    @checked
    def __init__(self, loss_weight: NonNegativeFloat = 100.0, **kwargs):
        super().__init__(loss_weight=loss_weight, **kwargs)

    def forward(self, features: Features, labels: Tensor) -> Tensor:
        """() mean squared error over the segments.

        Args:
            features: Uses the streams ``visual`` and ``audio`` (B, T, D).
            labels: See :meth:`BaseAuxiliaryLoss.read_labels`.
        """
        mask = features.mask
        visual, audio = (at_least_float32(features.streams[name]) for name in ("visual", "audio"))
        alike = F.relu(F.cosine_similarity(visual, audio, dim=-1)) * mask
        alike = alike / (alike.sum(1, keepdim=True) + _EPS)
        event = has_event(labels, self.num_classes).to(alike.dtype)
        count = event.sum(1, keepdim=True)
        counted = mask & (count > 0)
        error = (alike - event / count.clamp(min=1)).square() * counted
        return self.loss_weight * error.sum() / counted.sum().clamp(min=1)
