"""Metrics of several tasks in one evaluation."""

from collections.abc import Sequence
from typing import Any, Literal

from mmengine.evaluator import BaseMetric

from ...arguments import Part, checked
from ...errors import InputError
from ...registry import METRICS, build_part
from ...tasks import EVENTS


@METRICS.register_module()
class TaskMetrics(BaseMetric):
    """One metric for each task of a :class:`MultiTaskDataset`.

    Figures are prefixed with the name of the task, such as ``events/mAP``; those of the first task
    come first.

    Args:
        tasks: Config of a metric by task name.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.
    """

    task = EVENTS

    @checked
    def __init__(self, tasks: dict[str, Part], collect_device: Literal["cpu", "gpu"] = "cpu"):
        super().__init__(collect_device=collect_device)
        self.metrics = {
            name: build_part(METRICS, {**config, "prefix": name}, f"tasks.{name}")
            for name, config in tasks.items()
        }

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the datasets, set by the runner."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        self._dataset_meta = meta
        every = meta.get("tasks", {})
        if every.keys() != self.metrics.keys():
            raise InputError(
                "TaskMetrics.tasks: expected a metric for each task of the dataset "
                f"({', '.join(every) or 'it has none'}), got {', '.join(self.metrics)}"
            )
        for name, metric in self.metrics.items():
            metric.dataset_meta = every[name]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the results of a batch of any task."""
        for sample in data_samples:
            metric = self.metrics[sample["task"]]
            metric.process(data_batch, [sample])
            self.results += [(sample["task"], result) for result in metric.results]
            metric.results.clear()

    def compute_metrics(self, results: list[tuple[str, Any]]) -> dict[str, float]:
        """Figures of all tasks."""
        figures: dict[str, float] = {}
        for name, metric in self.metrics.items():
            found = metric.compute_metrics([result for task, result in results if task == name])
            figures |= {f"{name}/{figure}": value for figure, value in found.items()}
        return figures
