"""The audio-visual classifier of segments.

Shape letters: B batch, T segments, T_i those of a video, H and W cells of a map, Dv and Da channels
of the features, K scores of a segment.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...arguments import Count, Part, checked
from ...registry import MODELS, build_part, find_type
from ..heads import SegmentLabels
from .base_pyramid_model import AVFeatures, BasePyramidModel


def slot_of_maps(model: Mapping) -> str | None:
    """Slot of a model's config whose part reads the cells of visual maps; None: means do."""
    if model.get("spatial"):
        return "spatial"
    encoder = find_type(MODELS, (model.get("encoder") or {}).get("type"))
    return "encoder" if getattr(encoder, "takes_maps", False) else None


def feature_widths(encoder: Mapping) -> dict[str, int]:
    """Widths of the features that an encoder's config tells, for other parts that read them."""
    return {key: encoder[key] for key in ("visual_dim", "audio_dim") if key in encoder}


@MODELS.register_module()
class AVSegmentClassifier(BasePyramidModel):
    """Labels every segment: ``pred_segment_labels`` and ``pred_segment_scores`` of a sample.

    Its head is a :class:`BaseSegmentHead`, and its visual features may be maps (B, T, H, W, Dv).
    An encoder with ``takes_maps`` is given them as they are.

    Args:
        dim (int): Model width D.
        encoder (dict): Config of the encoder.
        spatial (dict | None): Config of what brings maps to (B, T, Dv); by default their mean. It
            is given the encoder's ``visual_dim`` and ``audio_dim``.
        **kwargs: Of :class:`BasePyramidModel`; ``max_len`` is a multiple of the last stride.
    """

    @checked
    def __init__(self, dim: Count, encoder: Part, spatial: Part | None = None, **kwargs):
        super().__init__(dim=dim, encoder=encoder, **kwargs)
        self.spatial = None
        if spatial:
            self.spatial = build_part(MODELS, spatial, dim=dim, **feature_widths(encoder))

    @property
    def reads_maps(self) -> bool:
        """Whether the cells of visual maps are read, and not only their means."""
        return self.spatial is not None or getattr(self.encoder, "takes_maps", False)

    def extract_feat(self, inputs: dict[str, Tensor]) -> AVFeatures:
        """Pool maps, encode both streams and build the levels."""
        visual, audio, mask = inputs["visual"], inputs["audio"], inputs["mask"]
        if self.spatial is not None:
            visual, audio = self.spatial(visual, audio, mask)
        elif visual.ndim == 5 and not self.reads_maps:
            visual = visual.mean((2, 3))
        return super().extract_feat(dict(visual=visual, audio=audio, mask=mask))

    def attach(self, sample: Any, result: SegmentLabels) -> None:
        """Give a sample the labels (T_i,) and scores (T_i, K) of its segments."""
        sample.pred_segment_labels = result.labels
        sample.pred_segment_scores = result.scores
