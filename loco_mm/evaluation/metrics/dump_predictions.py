"""Writes predictions during an evaluation."""

from collections.abc import Sequence
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
        out_file_path: JSON file to write.
        collect_device: ``'cpu'`` or ``'gpu'``, to collect the results of several processes.

    Raises:
        InputError: The file cannot be written; this is checked before the test.
    """

    figure_names: tuple[str, ...] = ()

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
        background = len(self.dataset_meta["classes"])
        self.results.extend(
            (sample["video_id"], sample.get("row"), predicted_events(sample, background))
            for sample in data_samples
        )

    def compute_metrics(self, results: list[tuple[str, int | None, Events]]) -> dict:
        """Write the file, including videos that the dataset skipped, without predictions."""
        skipped = dict.fromkeys(self.dataset_meta.get("skipped_videos", ()), Events.none())
        # Videos with several rows in a dataset get one name per row.
        rows: dict[str, set] = {}
        for video_id, row, _ in results:
            rows.setdefault(video_id, set()).add(row)
        found = {
            video_id if len(rows[video_id]) == 1 else f"{video_id}#{row}": events
            for video_id, row, events in results
        }
        predictions = found | skipped
        write_predictions(self.out_file_path, predictions, self.dataset_meta["classes"])
        MMLogger.get_current_instance().info(f"predictions are in {printable(self.out_file_path)}")
        return {}
