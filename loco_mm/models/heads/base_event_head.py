"""Base class of heads that localize events.

Shape letters: B batch, N events of a video (padded), M predictions of a video.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.structures import InstanceData
from pydantic import PositiveInt
from torch import Tensor

from ...arguments import InitCfg, Part, checked
from ...errors import InputError
from ...ops import padded, to_device
from ...registry import TASK_UTILS, build_part
from ...schema import Settings
from ...structures import StepWindow
from ...tasks import EVENTS
from .base_av_head import BaseAVHead
from .decoding import Candidates

# Numbers of events are padded to multiples of this.
EVENTS_STEP = 16


class PaddedEvents(NamedTuple):
    """Ground truth of a batch.

    Attributes:
        segments: (B, N, 2) in grid steps.
        labels: (B, N) long; -1 on padding.
    """

    segments: Tensor
    labels: Tensor


class EventTestCfg(Settings):
    """Test settings of every event head.

    Attributes:
        nms: Config of the suppression; None for no suppression.
        voting: Config that refines the ends of the kept segments, such as
            :class:`SegmentVoting`.
    """

    nms: Part | None = dict(type="SegmentSoftNMS")
    voting: Part | None = None


class BaseEventHead(BaseAVHead):
    """A head that predicts events, one InstanceData per video.

    All times are in grid steps until the last step of ``predict_by_feat``, :meth:`to_instances`,
    which converts them to seconds. A head that can merge the raw predictions of windows sets
    ``stitches`` and overrides :meth:`stitch`, and :meth:`own_part` for streams.

    Args:
        num_classes: Number of classes; compared with that of the dataset.
        test_cfg: Fields of :class:`EventTestCfg`, or of the subclass's settings.

    Raises:
        InputError: ``test_cfg`` has an unknown key, or a value of the wrong type.
    """

    task = EVENTS
    stitches = False
    TestCfg = EventTestCfg

    @checked
    def __init__(
        self, num_classes: PositiveInt, test_cfg: dict | None = None, init_cfg: InitCfg = None
    ):
        super().__init__(num_classes, test_cfg, init_cfg)
        nms, voting = self.test_cfg.nms, self.test_cfg.voting
        self.nms = build_part(TASK_UTILS, nms, "test_cfg.nms") if nms else None
        self.voting = build_part(TASK_UTILS, voting, "test_cfg.voting") if voting else None

    @abstractmethod
    def candidates(
        self, predictions: Any, data_samples: list, limit_scales: Sequence[int]
    ) -> Candidates:
        """Possible events from raw predictions, before suppression, in grid steps.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): Meta ``grid`` and ``duration`` in seconds.
            limit_scales: Factor by which limits on the number of candidates of each video are
                scaled.
        """

    def predict_by_feat(
        self, predictions: Any, data_samples: list, steps_per_limit: int | None = None
    ) -> list[InstanceData]:
        """Events from raw predictions, one InstanceData per video, in seconds, best first.

        Args:
            predictions: Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): Meta ``grid`` and ``duration`` in seconds.
            steps_per_limit: Number of steps for which the limits on the number of events are
                meant: a video with n times as many steps may have n times as many events. By
                default the limits hold for every video.

        Returns:
            list[InstanceData]: Segments (M, 2) in seconds within the video, scores (M,) and labels
            (M,).
        """
        scales = self.limit_scales(predictions, data_samples, steps_per_limit)
        candidates = self.candidates(predictions, data_samples, scales)
        return self.batch_to_instances(candidates, data_samples, scales)

    def limit_scales(
        self, predictions: Any, data_samples: list, steps_per_limit: int | None
    ) -> list[int]:
        """Factor by which the limits of each video are scaled, at least 1.

        Args:
            predictions: Output of :meth:`forward`, with ``num_steps`` of each video.
            data_samples (list[ActionDataSample]): The videos.
            steps_per_limit: See :meth:`predict_by_feat`.
        """
        if steps_per_limit is None:
            return [1] * len(data_samples)
        return [max(1, count // steps_per_limit) for count in predictions.num_steps]

    def has_points(self, segments: np.ndarray, steps: int) -> np.ndarray | None:
        """(N,) whether each event of a video can be assigned to a point; None if all can.

        Args:
            segments: (N, 2) events in grid steps.
            steps: Steps of the video.
        """
        return None

    def stitch(self, predictions: list, windows: Sequence[StepWindow]) -> Any:
        """Raw predictions of a long video, from those of its windows.

        Args:
            predictions: Raw predictions of batches of windows.
            windows: The windows in order.

        Returns:
            Raw predictions of a batch of one, as :meth:`forward` gives them.

        Raises:
            InputError: The head cannot predict in windows.
        """
        raise self._no_windows("stitch")

    def own_part(self, predictions: Any, window: StepWindow) -> Any:
        """Raw predictions of a window of a stream, without those of its context.

        Args:
            predictions: Raw predictions of a batch of one, the window.
            window: The window, whose steps count from its start, so that ``window.start`` is 0.

        Raises:
            InputError: The head cannot predict in windows.
        """
        raise self._no_windows("own_part")

    def _no_windows(self, method: str) -> InputError:
        return InputError(
            f"{type(self).__name__} cannot predict in windows: leave model.windows out, or give "
            f"the head a method {method}"
        )

    def read_truth(self, predictions: Any, data_samples: list) -> PaddedEvents:
        """See :meth:`BaseAVHead.read_truth`.

        Args:
            predictions (NamedTuple): Output of :meth:`forward`.
            data_samples (list[ActionDataSample]): ``gt_instances`` with segments (N, 2) in grid
                steps and labels (N,).
        """
        return self.ground_truth(data_samples, predictions[0].device)

    @staticmethod
    def ground_truth(data_samples: list, device: torch.device) -> PaddedEvents:
        """The samples' ``gt_instances`` on a device, with N a multiple of ``EVENTS_STEP``.

        Nearly all batches then have the same sizes.
        """
        instances = [sample.gt_instances for sample in data_samples]
        longest = max(len(gt.labels) for gt in instances)
        count = max(1, -(-longest // EVENTS_STEP)) * EVENTS_STEP
        segments = padded([gt.segments for gt in instances], count)
        labels = padded([gt.labels for gt in instances], count, -1)
        return PaddedEvents(to_device(segments, device), to_device(labels, device))

    def in_video(self, segments: Tensor, sample: Any) -> Tensor:
        """Segments (M, 2) of a sequence as segments of the video, in grid steps.

        Segments in the copy of a short video (:class:`SelfStitchPreprocessor`) are moved back.
        """
        clip = sample.get("clip")
        return segments if clip is None else clip.to_clip(segments)

    def to_instances(
        self, segments: Tensor, scores: Tensor, labels: Tensor, sample, limit_scale: int = 1
    ) -> InstanceData:
        """Suppress the candidates of a video and convert them to seconds.

        Args:
            segments: (M, 2) in grid steps.
            scores: (M,).
            labels: (M,) long.
            sample (ActionDataSample): With meta ``grid`` and ``duration`` in seconds.
            limit_scale: Factor by which the limit of the suppression is scaled.
        """
        segments = self.in_video(segments, sample)
        candidates = segments, scores, labels
        if self.nms is not None:
            more = dict(limit_scale=limit_scale) if limit_scale > 1 else {}
            segments, scores, labels = self.nms(segments, scores, labels, **more)
        if self.voting is not None:
            segments = self.voting(segments, labels, candidates)
        return self._in_seconds(segments, scores, labels, sample)

    def batch_to_instances(
        self, candidates: Candidates, data_samples: list, limit_scales: Sequence[int]
    ) -> list[InstanceData]:
        """The same for each video of a batch.

        On a GPU, all videos are suppressed at once, if the suppression has a method
        ``suppress_batch``, and the events are on the CPU.

        Args:
            candidates: In grid steps.
            data_samples: The B videos, see :meth:`to_instances`.
            limit_scales: The factor of each video.
        """
        can = hasattr(self.nms, "suppress_batch") and self.voting is None
        if can and candidates.scores.device.type != "cpu":
            return self._suppress_at_once(candidates, data_samples, limit_scales)
        return [
            self.to_instances(*candidates.of_video(number), sample, limit_scales[number])
            for number, sample in enumerate(data_samples)
        ]

    def _suppress_at_once(
        self, candidates: Candidates, data_samples: list, limit_scales: Sequence[int]
    ) -> list[InstanceData]:
        """:meth:`batch_to_instances` with a suppression of all videos at once."""
        nms: Any = self.nms
        moved = [self.in_video(*x) for x in zip(candidates.segments, data_samples, strict=True)]
        kept = nms.suppress_batch(*candidates._replace(segments=torch.stack(moved)), limit_scales)
        # Read from the device once for all videos.
        segments, scores, labels, valid = (x.cpu() for x in kept)
        rows = zip(segments, scores, labels, valid, data_samples, strict=True)
        return [
            self._in_seconds(found[keep], score[keep], label[keep], sample)
            for found, score, label, keep, sample in rows
        ]

    @staticmethod
    def _in_seconds(segments: Tensor, scores: Tensor, labels: Tensor, sample) -> InstanceData:
        """Events from kept segments (M, 2) in grid steps."""
        seconds = sample.grid.to_seconds(segments).clamp(min=0, max=float(sample.duration))
        whole = seconds[:, 1] > seconds[:, 0]
        return InstanceData(segments=seconds[whole], scores=scores[whole], labels=labels[whole])
