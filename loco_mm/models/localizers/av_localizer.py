"""The audio-visual event localizer.

Shape letters: B batch, T grid steps.
"""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from ...arguments import Count, Part, checked
from ...registry import MODELS, TASK_UTILS, build_part
from .base_pyramid_model import BasePyramidModel


@MODELS.register_module()
class AVLocalizer(BasePyramidModel):
    """Finds events: ``pred_instances`` of a sample are segments in seconds, scores and labels.

    Its head is a :class:`BaseEventHead`; the slots are those of :class:`BasePyramidModel`.

    Args:
        max_len (int): Grid steps T of a full training sequence.
        windows (dict | None): Config of the windows in which longer videos than one of them are
            predicted, as :class:`SlidingWindows`; their raw predictions are joined before events
            are decoded and suppressed. By default each video is predicted as a whole.
        **kwargs: Of :class:`BasePyramidModel`.
    """

    @checked
    def __init__(self, max_len: Count, windows: Part | None = None, **kwargs):
        super().__init__(max_len=max_len, **kwargs)
        self.windows = self.build_windows(windows) if windows else None

    def build_windows(self, windows: dict) -> Any:
        """Windows of this model from their config."""
        shared = dict(max_len=self.max_len, strides=self.pyramid.strides)
        return build_part(TASK_UTILS, windows, **shared)

    def predict(self, inputs: dict[str, Tensor], data_samples: list) -> list:
        """The samples with their events."""
        if self.windows is None:
            return super().predict(inputs, data_samples)
        lengths = inputs["mask"].sum(1).tolist()
        plans = [self.windows.plan(steps) for steps in lengths]
        if all(len(plan) == 1 for plan in plans):
            return super().predict(inputs, data_samples)
        for index, (steps, plan, sample) in enumerate(
            zip(lengths, plans, data_samples, strict=True)
        ):
            if len(plan) == 1:
                super().predict({n: x[index : index + 1] for n, x in inputs.items()}, [sample])
                continue
            video = {name: value[index, :steps] for name, value in inputs.items()}
            raw = [self._forward(batch) for batch in self.windows.cut(video, plan)]
            self.attach(sample, self.head.predict_by_feat(self.head.stitch(raw, plan), [sample])[0])
        return data_samples

    def attach(self, sample: Any, result: InstanceData) -> None:
        """Give a sample its events."""
        sample.pred_instances = result
