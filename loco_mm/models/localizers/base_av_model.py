"""What every model of audio-visual features has in common.

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

    ``inputs`` are what :class:`AVDataPreprocessor` gives: ``visual`` (B, T, Dv), or maps
    (B, T, H, W, Dv), ``audio`` (B, T, Da) and ``mask`` (B, T) bool, True = valid. A subclass says
    what it makes of them in ``extract_feat``, once for all three uses, and how each goes on from
    there: ``loss``, ``predict`` and ``_forward``. It has no other duties: no pyramid, no points,
    and not one head only.

    Base models have one job each. :class:`SingleStageModel`: one head on dense features, whether it
    says something of every point (:class:`PointHead`), starts from anchors and corrects what it
    finds (:class:`AnchorHead`), or has queries look for events (:class:`QueryHead`).
    :class:`MultiTaskLocalizer` is a model for each of several tasks, which share parameters.

    Args:
        max_len: Grid steps T of a full training sequence.
        size_divisor: T is a multiple of it.
        data_preprocessor: Config of the preprocessor, which is given both.
        tiny: Sizes of the tiny version of this model that tests build, see
            :func:`loco_mm.testing.shrink_model`; nothing else reads them.

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
        """What it finds."""

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
        """Classes of what it finds."""

    @property
    def reads_maps(self) -> bool:
        """Whether the cells of visual maps are read, and not only their means."""
        return False

    @abstractmethod
    def extract_feat(self, inputs: dict[str, Tensor]) -> Any:
        """What the heads work on."""

    @abstractmethod
    def loss(self, inputs: dict[str, Tensor], data_samples: list) -> dict[str, Tensor]:
        """Losses, by names with ``loss`` in them, and figures for the log beside them."""

    @abstractmethod
    def predict(
        self, inputs: dict[str, Tensor], data_samples: list, class_scores: bool = False
    ) -> list:
        """The samples with what was found.

        Args:
            inputs: The batch.
            data_samples (list[ActionDataSample]): Meta of the batch.
            class_scores: Whether samples are given ``pred_class_scores`` (T_i, C), too: how
                much each step speaks for each class, from heads that can tell.
        """

    @abstractmethod
    def _forward(self, inputs: dict[str, Tensor], data_samples: list | None = None) -> Any:
        """Raw predictions: the network alone."""

    def long_video_options(self, windows: Any) -> dict[str, Any]:
        """Further arguments of :meth:`predict` with which an inferencer predicts long videos.

        Args:
            windows (str | dict | None): As of :class:`AVEventInferencer`.

        Raises:
            InputError: The model cannot predict in windows.
        """
        if windows not in ("auto", None):
            raise bad_argument("windows", show(windows), f"None by a {type(self).__name__}")
        return {}
