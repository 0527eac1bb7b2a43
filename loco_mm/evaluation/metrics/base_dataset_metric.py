"""Base class of the metrics of a dataset."""

from abc import abstractmethod
from typing import Literal

from mmengine.evaluator import BaseMetric

from ...arguments import checked
from ...tasks import Task


class BaseDatasetMetric(BaseMetric):
    """A metric whose figures are prefixed with the name of the dataset.

    Subclasses set ``task``, the task that they evaluate.

    Args:
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.
        prefix: By default the ``dataset_type`` in the dataset's metainfo, or else
            ``default_prefix``.
    """

    task: Task

    @checked
    def __init__(self, collect_device: Literal["cpu", "gpu"] = "cpu", prefix: str | None = None):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self._prefix_is_given = prefix is not None

    @property
    @abstractmethod
    def figure_names(self) -> list[str]:
        """Names of the figures without the prefix; ``save_best="auto"`` uses the first."""

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the dataset, set by the runner."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        self._dataset_meta = meta
        if not self._prefix_is_given:
            self.prefix = meta.get("dataset_type", self.default_prefix)
