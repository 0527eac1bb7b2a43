"""The audio-visual event localizer.

Shape letters: B batch, T grid steps, C classes.
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

    Attributes:
        with_class_scores (bool): Whether samples are given ``pred_class_scores`` (T, C), too: how
            much each step speaks for each class, from heads that have ``class_scores``.
    """

    @checked
    def __init__(self, max_len: Count, windows: Part | None = None, **kwargs):
        super().__init__(max_len=max_len, **kwargs)
        self.windows = self.build_windows(windows) if windows else None
        self.with_class_scores = False

    def build_windows(self, windows: dict) -> Any:
        """Windows of this model from their config."""
        shared = dict(max_len=self.max_len, strides=self.pyramid.strides)
        return build_part(TASK_UTILS, windows, **shared)

    def predict(self, inputs: dict[str, Tensor], data_samples: list) -> list:
        """The samples with their events."""
        if self.windows is None and not self.with_class_scores:
            return super().predict(inputs, data_samples)
        lengths = inputs["mask"].sum(1).tolist()
        windows = self.windows
        plans = [windows.plan(steps) if windows else [] for steps in lengths]
        if windows is None or all(len(plan) == 1 for plan in plans):
            return self._predict(self._forward(inputs), data_samples)
        for index, (steps, plan, sample) in enumerate(
            zip(lengths, plans, data_samples, strict=True)
        ):
            if len(plan) == 1:
                raw = self._forward({name: x[index : index + 1] for name, x in inputs.items()})
            else:
                video = {name: x[index, :steps] for name, x in inputs.items()}
                pieces = [self._forward(batch) for batch in windows.cut(video, plan)]
                raw = self.head.stitch(pieces, plan)
            self._predict(raw, [sample])
        return data_samples

    def _predict(self, raw: Any, data_samples: list) -> list:
        results = self.head.predict_by_feat(raw, data_samples)
        for sample, result in zip(data_samples, results, strict=True):
            self.attach(sample, result)
        if self.with_class_scores:
            for sample, scores in zip(data_samples, self.head.class_scores(raw), strict=True):
                sample.pred_class_scores = scores
        return data_samples

    def attach(self, sample: Any, result: InstanceData) -> None:
        """Give a sample its events."""
        sample.pred_instances = result
