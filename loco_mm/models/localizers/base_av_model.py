"""Base class of models for audio-visual features.

Shape letters: B batch, T grid steps, Dv and Da channels of the features.
"""

from abc import ABCMeta, abstractmethod
from copy import deepcopy
from typing import Any

from mmengine.model import BaseModel
from pydantic import PositiveInt
from torch import Tensor

from ...arguments import InitCfg, Part, checked
from ...arrays import bad_argument
from ...errors import InputError
from ...registry import MODELS, build_part
from ...schema import show
from ...tasks import Task


class BaseAVModel(BaseModel, metaclass=ABCMeta):
    """A model that MMEngine's runner can train and test.

    ``inputs`` is the output of :class:`AVDataPreprocessor`: ``visual`` (B, T, Dv), or maps
    (B, T, H, W, Dv), ``audio`` (B, T, Da) and ``mask`` (B, T) bool, True = valid. A subclass
    implements ``extract_feat``, which the three modes share, and ``loss``, ``predict`` and
    ``_forward``.

    :class:`SingleStageModel` has one head on dense features: a :class:`PointHead` (predictions at
    every point), an :class:`AnchorHead` (refined anchors) or a :class:`QueryHead` (a set of
    queries). :class:`MultiTaskLocalizer` has one model per task, with shared parameters.

    Args:
        max_len: Grid steps T of a full training sequence.
        size_divisor: T is a multiple of it.
        data_preprocessor: Config of the preprocessor, which receives both.
        tiny: Sizes of a tiny version of this model for tests, see
            :func:`loco_mm.testing.shrink_model`; not used otherwise.

    Attributes:
        accepts_maps (bool): Whether visual features may be maps.
    """

    accepts_maps = False

    @checked
    def __init__(
        self,
        max_len: PositiveInt,
        size_divisor: PositiveInt = 1,
        data_preprocessor: Part | None = None,
        tiny: dict | None = None,
        init_cfg: InitCfg = None,
    ):
        preprocessor = deepcopy(data_preprocessor) or dict(type="AVDataPreprocessor")
        for name, value in dict(max_len=max_len, size_divisor=size_divisor).items():
            if preprocessor.setdefault(name, value) != value:
                raise InputError(
                    f"{type(self).__name__}.data_preprocessor.{name}: expected {value}, which "
                    f"follows from the rest of the model, got {preprocessor[name]}: leave it out"
                )
        built = build_part(MODELS, preprocessor, "data_preprocessor")
        super().__init__(data_preprocessor=built, init_cfg=init_cfg)
        self.max_len = max_len

    @property
    @abstractmethod
    def task(self) -> Task:
        """The task that it solves."""

    def forward(
        self, inputs: dict[str, Tensor], data_samples: list | None = None, mode: str = "tensor"
    ):
        """Run the model on a preprocessed batch.

        Args:
            inputs: The batch.
            data_samples (list[ActionDataSample] | None): Ground truth and meta of the batch.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'``.

        Returns:
            What :meth:`loss`, :meth:`predict` or :meth:`_forward` returns.
        """
        if mode == "loss":
            return self.loss(inputs, data_samples or [])
        if mode == "predict":
            return self.predict(inputs, data_samples or [])
        if mode == "tensor":
            return self._forward(inputs, data_samples)
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    @property
    @abstractmethod
    def num_classes(self) -> int:
        """Number of classes."""

    @property
    def reads_maps(self) -> bool:
        """Whether it reads the cells of visual maps, and not only their means."""
        return False

    @abstractmethod
    def extract_feat(self, inputs: dict[str, Tensor]) -> Any:
        """Features for the heads."""

    @abstractmethod
    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses, whose names contain ``loss``, and other values to log."""

    @abstractmethod
    def predict(
        self, inputs: dict[str, Tensor], data_samples: list, class_scores: bool = False
    ) -> list:
        """The samples with predictions.

        Args:
            inputs: The batch.
            data_samples (list[ActionDataSample]): Meta of the batch.
            class_scores: Whether samples also get ``pred_class_scores`` (T_i, C), the score of each
                class at each step, if the head has them.
        """

    @abstractmethod
    def _forward(self, inputs: dict[str, Tensor], data_samples: list | None = None) -> Any:
        """Raw predictions of the network."""

    def long_video_options(self, windows: Any) -> dict[str, Any]:
        """Arguments of :meth:`predict` that an inferencer passes for long videos.

        Args:
            windows (str | dict | None): See :class:`AVEventInferencer`.

        Raises:
            InputError: The model cannot predict in windows.
        """
        if windows not in ("auto", None):
            raise bad_argument("windows", show(windows), f"None for a {type(self).__name__}")
        return {}
