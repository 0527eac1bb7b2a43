"""Writing predictions beside the figures."""

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
    """Writes the predictions of all videos in ActivityNet form, and gives no figures.

    MMEngine's ``DumpResults`` pickles whole samples; this is what ``tools/evaluate.py`` reads.

    Args:
        out_file_path: The JSON file.
        collect_device: ``'cpu'`` or ``'gpu'``, for results of several processes.

    Raises:
        InputError: The file cannot be written: told before the test, not after it.
    """

    figure_names: tuple[str, ...] = ()

    @checked
    def __init__(self, out_file_path: str, collect_device: Literal["cpu", "gpu"] = "cpu"):
        super().__init__(collect_device=collect_device)
        check_output(out_file_path)
        self.out_file_path = out_file_path

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples: ``video_id`` and ``pred_instances`` with segments
                (M, 2) in seconds, scores (M,) and labels (M,); or ``row``, and
                ``pred_segment_labels`` (T,) and ``pred_segment_scores`` (T, K) of segments of a
                second, whose runs of one label are events.
        """
        background = len(self.dataset_meta["classes"])
        self.results.extend(
            (sample["video_id"], sample.get("row"), predicted_events(sample, background))
            for sample in data_samples
        )

    def compute_metrics(self, results: list[tuple[str, int | None, Events]]) -> dict:
        """Write the file: videos that the dataset skipped are in it too, without predictions."""
        skipped = dict.fromkeys(self.dataset_meta.get("skipped_videos", ()), Events.none())
        # Of videos that are in a dataset twice each row has a name of its own.
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
