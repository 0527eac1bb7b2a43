"""The audio-visual event localizer.

Shape letters: B batch, T grid steps, C classes.
"""

from typing import Any

from pydantic import PositiveInt
from torch import Tensor

from ...arguments import Part, checked
from ...registry import MODELS, TASK_UTILS, build_part
from ...structures import StepWindow
from .single_stage_model import SingleStageModel

# Of the windows of an inferencer.
_WINDOWS = dict(type="SlidingWindows")


@MODELS.register_module()
class AVLocalizer(SingleStageModel):
    """Finds events: ``pred_instances`` of a sample are segments in seconds, scores and labels.

    Its head is a :class:`BaseEventHead`; the slots are those of :class:`SingleStageModel`.

    Args:
        max_len: Grid steps T of a full training sequence.
        windows: Config of the windows in which longer videos than one of them are
            predicted, as :class:`SlidingWindows`; their raw predictions are joined before events
            are decoded and suppressed. By default each video is predicted as a whole.
        **kwargs: See :class:`SingleStageModel`.
    """

    @checked
    def __init__(self, max_len: PositiveInt, windows: Part | None = None, **kwargs):
        super().__init__(max_len=max_len, **kwargs)
        self.windows = self.build_windows(windows) if windows else None

    def build_windows(self, windows: dict) -> Any:
        """Windows of this model from their config."""
        return build_part(TASK_UTILS, windows, "windows", spec=self.level_spec)

    def long_video_options(self, windows: Any) -> dict[str, Any]:
        """Windows and limits that grow, see :meth:`BaseAVModel.long_video_options`."""
        built = self.windows
        if windows is None:
            built = None
        elif windows != "auto":
            built = self.build_windows({**_WINDOWS, **windows})
        elif built is None and self.head.stitches:
            built = self.build_windows(dict(_WINDOWS, min_steps=2 * self.max_len))
        return dict(windows=built, steps_per_limit=self.max_len)

    def window_candidates(
        self, data: dict, window: StepWindow, is_whole: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Possible events of a window of a stream, before suppression.

        Args:
            data: ``inputs`` and ``data_samples`` of a batch of one, the window.
            window: The window, whose steps count from its start.
            is_whole: Whether it is the whole video.

        Returns:
            tuple[Tensor, Tensor, Tensor]: Segments (M, 2) in steps from the start of the window,
            scores (M,) and labels (M,): those for which the window is responsible.
        """
        if is_whole:
            batch = self.data_preprocessor(data)
            raw = self._forward(batch["inputs"])
        else:
            batch = self.data_preprocessor.pad(data)
            raw = self.head.own_part(self._forward(batch["inputs"]), window)
        found = self.head.candidates(raw, batch["data_samples"], [1])
        segments, scores, labels = found.of_video(0)
        return self.head.in_video(segments, batch["data_samples"][0]), scores, labels

    def predict(
        self,
        inputs: dict[str, Tensor],
        data_samples: list,
        class_scores: bool = False,
        windows: Any = "config",
        steps_per_limit: int | None = None,
    ) -> list:
        """The samples with their events.

        Args:
            inputs: The batch.
            data_samples (list[ActionDataSample]): Meta of the batch.
            class_scores: See :meth:`BaseAVModel.predict`.
            windows (SlidingWindows | None): Windows of long videos; by default the config's.
            steps_per_limit: See :meth:`BaseEventHead.predict_by_feat`.
        """
        windows = self.windows if windows == "config" else windows
        lengths = inputs["mask"].sum(1).tolist() if windows is not None else []
        plans = [windows.plan(steps) for steps in lengths]
        if all(len(plan) == 1 for plan in plans):
            return self._decode(
                self._forward(inputs), data_samples, class_scores, steps_per_limit=steps_per_limit
            )
        for index, (steps, plan, sample) in enumerate(
            zip(lengths, plans, data_samples, strict=True)
        ):
            if len(plan) == 1:
                raw = self._forward({name: x[index : index + 1] for name, x in inputs.items()})
            else:
                video = {name: x[index, :steps] for name, x in inputs.items()}
                pieces = [self._forward(batch) for batch in windows.cut(video, plan)]
                raw = self.head.stitch(pieces, plan)
            self._decode(raw, [sample], class_scores, steps_per_limit=steps_per_limit)
        return data_samples
