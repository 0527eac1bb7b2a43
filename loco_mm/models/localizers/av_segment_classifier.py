"""The audio-visual classifier of segments.

Shape letters: B batch, T segments, H and W cells of a map, Dv and Da channels of the features.
"""

from collections.abc import Mapping

from torch import Tensor

from ...arguments import Part, checked
from ...registry import MODELS, build_part, find_type
from ..features import Features
from .single_stage_model import SingleStageModel


def slot_of_maps(model: Mapping) -> str | None:
    """Slot of a model's config whose part reads the cells of visual maps; None: means do."""
    if model.get("spatial"):
        return "spatial"
    encoder = find_type(MODELS, (model.get("encoder") or {}).get("type"))
    return "encoder" if getattr(encoder, "takes_maps", False) else None


@MODELS.register_module()
class AVSegmentClassifier(SingleStageModel):
    """Labels every segment: ``pred_segment_labels`` and ``pred_segment_scores`` of a sample.

    Its head is a :class:`BaseSegmentHead`, and its visual features may be maps (B, T, H, W, Dv).
    An encoder with ``takes_maps`` is given them as they are.

    Args:
        spatial: Config of what brings maps to (B, T, Dv); by default their mean. It
            is built with ``visual_dim`` and ``audio_dim``, the widths (``channels``) that the
            encoder takes.
        **kwargs: See :class:`SingleStageModel`; ``max_len`` is a multiple of the last stride.
    """

    accepts_maps = True

    @checked
    def __init__(self, spatial: Part | None = None, **kwargs):
        super().__init__(**kwargs)
        self.spatial = None
        if spatial:
            self.spatial = build_part(MODELS, spatial, "spatial", **self.feature_widths)

    @property
    def feature_widths(self) -> dict[str, int]:
        """``visual_dim`` and ``audio_dim`` of the encoder, for other parts that read features."""
        return {f"{name}_dim": width for name, width in self.encoder.channels.items()}

    @property
    def reads_maps(self) -> bool:
        """Whether the cells of visual maps are read, and not only their means."""
        return self.spatial is not None or getattr(self.encoder, "takes_maps", False)

    def extract_feat(self, inputs: dict[str, Tensor]) -> Features:
        """Pool maps, encode both streams and build the levels."""
        visual, audio, mask = inputs["visual"], inputs["audio"], inputs["mask"]
        if self.spatial is not None:
            visual, audio = self.spatial(visual, audio, mask)
        elif visual.ndim == 5 and not self.reads_maps:
            visual = visual.mean((2, 3))
        return super().extract_feat(dict(visual=visual, audio=audio, mask=mask))
