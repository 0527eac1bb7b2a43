"""What every head has in common.

Shape letters: B batch.
"""

from abc import ABCMeta, abstractmethod
from typing import Any

import torch
from mmengine.model import BaseModule
from pydantic import PositiveInt, ValidationError
from torch import Tensor

from ...arguments import InitCfg, checked
from ...errors import InputError
from ...registry import building, check_keys
from ...schema import Settings, complaint
from ...tasks import Task
from ..features import Features


class BaseAVHead(BaseModule, metaclass=ABCMeta):
    """From features to findings: the contract of a head.

    A head says what it thinks once, in ``forward``; losses and findings both follow from that, and
    from nothing else. A subclass gives three steps::

        forward(features)                       -> raw predictions, a named tuple of tensors
        loss_by_feat(predictions, samples)      -> dict of losses, each (), weighted
        predict_by_feat(predictions, samples)   -> what was found, a video each

    and has from here the two calls a model makes::

        loss(features, samples)                 =  forward + loss_by_feat
        predict(features, samples)              =  forward + predict_by_feat

    ``features`` are :class:`Features`: streams by name, and levels, fine to coarse, with their
    masks. What stands on padding is zero, and changes neither losses nor findings. What has to
    survive a resume is a parameter or a buffer.

    Args:
        num_classes: Classes; the run checks it against the dataset's.
        test_cfg: Settings of ``predict_by_feat``: values of the class's ``TestCfg``.

    Attributes:
        task: What it finds.
        reads_levels (bool): Whether it reads levels, and not streams alone.

    Raises:
        InputError: ``test_cfg`` has an unknown key, or a value that is none of its type.
    """

    task: Task
    reads_levels = True
    TestCfg: type[Settings] = Settings

    @checked
    def __init__(
        self, num_classes: PositiveInt, test_cfg: dict | None = None, init_cfg: InitCfg = None
    ):
        super().__init__(init_cfg)
        self.num_classes = num_classes
        with building("test_cfg"):
            check_keys(test_cfg or {}, self.TestCfg.model_fields)
            try:
                self.test_cfg: Any = self.TestCfg(**(test_cfg or {}))
            except ValidationError as error:
                raise InputError(f".{complaint(error, dotted=True)}") from None

    @abstractmethod
    def forward(self, features: Features) -> Any:
        """Raw predictions."""

    @abstractmethod
    def loss_by_feat(self, predictions: Any, data_samples: list) -> dict[str, Tensor]:
        """Losses from raw predictions and the samples' ground truth."""

    @abstractmethod
    def predict_by_feat(self, predictions: Any, data_samples: list) -> list:
        """What was found, from raw predictions, a video each."""

    def loss(self, features: Features, data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch: ``forward`` and :meth:`loss_by_feat`."""
        return self.loss_by_feat(self(features), data_samples)

    def predict(self, features: Features, data_samples: list) -> list:
        """Findings of a batch: ``forward`` and :meth:`predict_by_feat`."""
        return self.predict_by_feat(self(features), data_samples)

    def class_scores(self, predictions: Any) -> list[Tensor] | None:
        """How much each step of a video speaks for each class, (T_i, C) a video, on the CPU.

        None: this head cannot tell.
        """
        return None

    @staticmethod
    def check_predictions(data_samples: list, *predictions: Tensor) -> None:
        """Refuse what would be taken for a video in which nothing is found.

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
