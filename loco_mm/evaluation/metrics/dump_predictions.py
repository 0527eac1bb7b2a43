"""Writes predictions during an evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from ...arguments import checked
from ...fileio import check_output, write_predictions
from ...registry import METRICS
from ...structures import Events, predicted_events
from ...text import printable


@METRICS.register_module()
class DumpPredictions(BaseMetric):
    """Writes the predictions of all videos in ActivityNet form; it has no figures.

    MMEngine's ``DumpResults`` pickles whole samples; ``tools/evaluate.py`` can read this file.

    Args:
        out_file_path: JSON file to write. With several tasks there is one file for each, named
            after the task: ``predictions_events.json`` for ``predictions.json`` and the task
            ``events``.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.

    Raises:
        InputError: The file cannot be written; this is checked before the test.
    """

    figure_names: tuple[str, ...] = ()
    # MMEngine warns of metrics without a prefix.
    default_prefix = "dump"

    @checked
    def __init__(self, out_file_path: str, collect_device: Literal["cpu", "gpu"] = "cpu"):
        super().__init__(collect_device=collect_device)
        check_output(out_file_path)
        self.out_file_path = out_file_path

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Collect the predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples: ``video_id`` and ``pred_instances`` with segments (M, 2) in seconds,
                scores (M,) and labels (M,); or ``row``, ``pred_segment_labels`` (T,) and
                ``pred_segment_scores`` (T, K) for segments of one second, of which consecutive
                ones with the same label form an event.
        """
        for sample in data_samples:
            task = sample.get("task")
            background = len(self._meta_of(task)["classes"])
            events = predicted_events(sample, background)
            self.results.append((task, sample["video_id"], sample.get("row"), events))

    def compute_metrics(self, results: list[tuple]) -> dict:
        """Write the files, including videos that the dataset skipped, without predictions."""
        for task in self.dataset_meta.get("tasks", [None]):
            meta, path = self._meta_of(task), file_of_task(self.out_file_path, task)
            skipped = dict.fromkeys(meta.get("skipped_videos", ()), Events.none())
            found = _by_video([result for of_task, *result in results if of_task == task])
            write_predictions(path, found | skipped, meta["classes"])
            MMLogger.get_current_instance().info(f"predictions are in {printable(str(path))}")
        return {}

    def _meta_of(self, task: str | None) -> dict:
        return self.dataset_meta if task is None else self.dataset_meta["tasks"][task]


def file_of_task(path: str | Path, task: str | None) -> Path:
    """File with the predictions of a task; the given one if there is no task."""
    path = Path(path)
    return path if task is None else path.with_stem(f"{path.stem}_{task}")


def _by_video(results: list) -> dict[str, Events]:
    """Events by video. Videos with several rows in a dataset get one name per row."""
    rows: dict[str, set] = {}
    for video_id, row, _ in results:
        rows.setdefault(video_id, set()).add(row)
    return {
        video_id if len(rows[video_id]) == 1 else f"{video_id}#{row}": events
        for video_id, row, events in results
    }
