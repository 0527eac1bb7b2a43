"""The audio-visual event localizer."""

from typing import Any

from mmengine.structures import InstanceData

from ...registry import MODELS
from .base_pyramid_model import BasePyramidModel


@MODELS.register_module()
class AVLocalizer(BasePyramidModel):
    """Finds events: ``pred_instances`` of a sample are segments in seconds, scores and labels.

    Its head is a :class:`BaseEventHead`; the slots are those of :class:`BasePyramidModel`.
    """

    def attach(self, sample: Any, result: InstanceData) -> None:
        """Give a sample its events."""
        sample.pred_instances = result
