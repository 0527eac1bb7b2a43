"""Base class of all heads.

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
    """Interface of a head, which computes predictions from features.

    Losses and predictions both depend only on the output of ``forward``. A subclass implements::

        forward(features)                       -> raw predictions, a named tuple of tensors
        read_truth(predictions, samples)        -> ground truth, tensors on the predictions' device
        loss_by_truth(predictions, truth)       -> dict of losses, each (), weighted
        predict_by_feat(predictions, samples)   -> predictions, one per video

    and inherits the methods that a model calls::

        loss(features, samples)                 =  forward + loss_by_feat
        predict(features, samples)              =  forward + predict_by_feat

    ``loss_by_feat`` is ``read_truth`` + ``loss_by_truth``. The latter, of tensors only, can be
    compiled. A head whose losses need the host overrides ``loss_by_feat`` instead.

    ``features`` are :class:`Features`: streams by name, and levels, fine to coarse, with their
    masks. Padded steps are zero, and change neither losses nor predictions. State that has to be
    restored on a resume must be a parameter or a buffer.

    Args:
        num_classes: Number of classes; compared with that of the dataset.
        test_cfg: Settings of ``predict_by_feat``, the fields of the class's ``TestCfg``.

    Attributes:
        task: The task that it solves.
        reads_levels (bool): Whether it uses pyramid levels, and not only streams.

    Raises:
        InputError: ``test_cfg`` has an unknown key, or a value of the wrong type.
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

    def read_truth(self, predictions: Any, data_samples: list) -> Any:
        """Ground truth of the samples, as tensors on the device of the raw predictions."""
        raise NotImplementedError(f"{type(self).__name__}.read_truth")

    def loss_by_truth(self, predictions: Any, truth: Any) -> dict[str, Tensor]:
        """Losses from raw predictions and the output of :meth:`read_truth`."""
        raise NotImplementedError(f"{type(self).__name__}.loss_by_truth")

    def loss_by_feat(self, predictions: Any, data_samples: list) -> dict[str, Tensor]:
        """Losses from raw predictions and the samples' ground truth."""
        return self.loss_by_truth(predictions, self.read_truth(predictions, data_samples))

    @abstractmethod
    def predict_by_feat(self, predictions: Any, data_samples: list) -> list:
        """Predictions from the output of ``forward``, one per video."""

    def loss(self, features: Features, data_samples: list) -> dict[str, Tensor]:
        """Losses of a batch: ``forward`` and :meth:`loss_by_feat`."""
        return self.loss_by_feat(self(features), data_samples)

    def predict(self, features: Features, data_samples: list) -> list:
        """Predictions for a batch: ``forward`` and :meth:`predict_by_feat`."""
        return self.predict_by_feat(self(features), data_samples)

    def class_scores(self, predictions: Any) -> list[Tensor] | None:
        """Score of each class at each step, (T_i, C) per video, on the CPU.

        None: this head has no such scores.
        """
        return None

    @staticmethod
    def check_predictions(data_samples: list, *predictions: Tensor) -> None:
        """Refuse NaN predictions, which would look like a video without predictions.

        Args:
            data_samples (list[ActionDataSample]): With meta ``video_id``.
            *predictions (Tensor): (B, ...) raw predictions.

        Raises:
            InputError: A prediction is NaN; the message names the first such video.
        """
        bad = torch.stack([x.isnan().flatten(1).any(1) for x in predictions]).any(0)
        # One device synchronization per batch.
        if bad.any():
            sample = data_samples[int(bad.nonzero()[0])]
            raise InputError(
                f"video {sample.get('video_id', '?')}: the model's predictions are NaN: its "
                "features may exceed the range of the model's dtype: check their values, or use "
                "float32"
            )
