"""What every head that localizes events has in common.

Shape letters: B batch, N events of a video (padded), M predictions of a video.
"""

from abc import ABCMeta, abstractmethod
from typing import Any, NamedTuple

import torch
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...arguments import Count, InitCfg, Part, check_values, checked, types_of
from ...errors import InputError
from ...registry import TASK_UTILS


class PaddedEvents(NamedTuple):
    """Ground truth of a batch.

    Attributes:
        segments (Tensor): (B, N, 2) in grid steps.
        labels (Tensor): (B, N) long; -1 on padding.
    """

    segments: Tensor
    labels: Tensor


class BaseEventHead(BaseModule, metaclass=ABCMeta):
    """From features to events: the contract of a head.

    A head says what it thinks once, in ``forward``; losses and events both follow from that, and
    from nothing else. A subclass gives three steps::

        forward(features, masks)                -> raw predictions, a named tuple of tensors
        loss_by_feat(predictions, samples)      -> dict of losses, each (), weighted
        predict_by_feat(predictions, samples)   -> an InstanceData a video

    and has from here the two calls a model makes::

        loss(features, masks, samples)          =  forward + loss_by_feat
        predict(features, masks, samples)       =  forward + predict_by_feat

    ``features`` are levels (B, T, C), zero on padding, fine to coarse; ``masks`` theirs, (B, T)
    bool, True where valid. All times are grid steps, up to the last step of ``predict_by_feat``,
    :meth:`to_instances`, which gives seconds. Padding changes neither losses nor events. What has
    to survive a resume is a parameter or a buffer.

    Args:
        num_classes (int): Classes; the run checks it against the dataset's.
        test_cfg (dict | None): Settings of ``predict_by_feat``, over the class's ``TEST_CFG``:
            ``nms`` is the config of the suppression, or None for none. The class's
            ``TEST_CFG_TYPES`` say what each must be.

    Raises:
        InputError: ``test_cfg`` has an unknown key, or a value that is none of its type.
    """

    TEST_CFG: dict[str, Any] = dict(nms=dict(type="SegmentSoftNMS"))
    TEST_CFG_TYPES: dict[str, Any] = dict(nms=Part | None)

    @checked
    def __init__(self, num_classes: Count, test_cfg: dict | None = None, init_cfg: InitCfg = None):
        super().__init__(init_cfg)
        where = f"{type(self).__name__}.test_cfg"
        unknown = set(test_cfg or {}) - set(self.TEST_CFG)
        if unknown:
            raise InputError(f"{where}: {sorted(unknown)} found, {sorted(self.TEST_CFG)} expected")
        check_values(where, types_of(self.TEST_CFG_TYPES), test_cfg or {})
        self.num_classes = num_classes
        self.test_cfg = {**self.TEST_CFG, **(test_cfg or {})}
        nms = self.test_cfg.pop("nms")
        self.nms = TASK_UTILS.build(nms) if nms else None

    @abstractmethod
    def forward(self, features: list[Tensor], masks: list[Tensor]) -> Any:
        """Raw predictions."""

    @abstractmethod
    def loss_by_feat(self, predictions: Any, data_samples: list) -> dict[str, Tensor]:
        """Losses from raw predictions and the samples' ``gt_instances``."""

    @abstractmethod
    def predict_by_feat(self, predictions: Any, data_samples: list) -> list[InstanceData]:
        """Events from raw predictions, a video each, in seconds, best first."""

    def loss(self, features: list[Tensor], masks: list[Tensor], data_samples: list) -> dict:
        """Losses of a batch: ``forward`` and :meth:`loss_by_feat`."""
        return self.loss_by_feat(self(features, masks), data_samples)

    def predict(
        self, features: list[Tensor], masks: list[Tensor], data_samples: list
    ) -> list[InstanceData]:
        """Predicted events of a batch: ``forward`` and :meth:`predict_by_feat`."""
        return self.predict_by_feat(self(features, masks), data_samples)

    @staticmethod
    def ground_truth(data_samples: list, device: torch.device) -> PaddedEvents:
        """The samples' ``gt_instances``, padded, on a device."""
        instances = [sample.gt_instances for sample in data_samples]
        segments = pad_sequence([gt.segments for gt in instances], batch_first=True)
        labels = pad_sequence([gt.labels for gt in instances], batch_first=True, padding_value=-1)
        return PaddedEvents(segments.to(device), labels.to(device))

    @staticmethod
    def check_predictions(data_samples: list, *predictions: Tensor) -> None:
        """Refuse what would be taken for a video without events.

        Args:
            data_samples (list[ActionDataSample]): With meta ``video_id``.
            *predictions (Tensor): (B, ...) raw predictions.

        Raises:
            InputError: One is NaN; names the first video.
        """
        bad = torch.stack([x.isnan().flatten(1).any(1) for x in predictions]).any(0)
        # The device is waited for once a batch.
        if bad.any():
            sample = data_samples[int(bad.nonzero()[0])]
            raise InputError(
                f"video {sample.get('video_id', '?')}: the model's predictions are NaN: its "
                "features may be too large for the numbers of the model: look at their range, and "
                "use float32"
            )

    def to_instances(
        self, segments: Tensor, scores: Tensor, labels: Tensor, sample
    ) -> InstanceData:
        """Candidates of a video, suppressed, and in seconds within it.

        Args:
            segments (Tensor): (M, 2) in grid steps.
            scores (Tensor): (M,).
            labels (Tensor): (M,) long.
            sample (ActionDataSample): With meta ``grid`` and ``duration`` in seconds.
        """
        if self.nms is not None:
            segments, scores, labels = self.nms(segments, scores, labels)
        seconds = sample.grid.to_seconds(segments).clamp(min=0, max=float(sample.duration))
        whole = seconds[:, 1] > seconds[:, 0]
        return InstanceData(segments=seconds[whole], scores=scores[whole], labels=labels[whole])
