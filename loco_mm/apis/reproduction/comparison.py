"""Paired comparison of the rows of a table."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from mmengine.registry import init_default_scope

from ...datasets import AVDataset
from ...engine.fit import datasets_of
from ...evaluation.functional import Comparison, compare_paired, draw_counts, resampled_map
from ...evaluation.metrics.segment_map import DEFAULT_TIOU
from ...fileio import Annotations, read_predictions
from ...registry import DATASETS, build_part
from ...structures import GroundTruth, Predictions
from ...text import markdown, markdown_table
from .rows import Row
from .scheduling import Finished
from .training_runs import Run


class RowComparison(NamedTuple):
    """A row, compared with the row that has the best published result.

    Attributes:
        row: The row.
        reference: The other row.
        result: Row minus reference, in average mAP.
        by_seed: Difference for each seed, on all videos.
    """

    row: Row
    reference: Row
    result: Comparison
    by_seed: list[float]


def compare_rows(
    rows: Sequence[Row], finished: Mapping[Run, Finished], draws: int = 1000
) -> list[RowComparison]:
    """Compare each row with the best published one of the same setting, over seeds and videos.

    Args:
        rows: Rows of a table.
        finished: Their runs.
        draws: Number of bootstrap draws.

    Returns:
        list[RowComparison]: Without rows that have no seed in common with the reference, and
        without rows with labels of segments.
    """
    found = []
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.setting, []).append(row)
    for group in groups.values():
        runs = {row.name: _finished_runs(row, finished) for row in group}
        reference = max(reversed(group), key=lambda row: row.published.get("mAP", 0.0))
        test = _test_split(runs[reference.name])
        if test is None:
            continue
        samples = _Samples(*test, draws)
        for row in group:
            seeds = sorted(runs[row.name].keys() & runs[reference.name].keys())
            if row is not reference and seeds:
                pair = runs[reference.name], runs[row.name]
                found.append(_compare(row, reference, *pair, seeds, samples))
    return found


class _Samples:
    """Average mAP of runs on all videos, and on draws of videos."""

    def __init__(self, annotations: Annotations, subset: Sequence[str], draws: int):
        self.annotations = annotations
        of_split = {n: v.events for n, v in annotations.videos.items() if v.subset in subset}
        self.ground_truth, self.videos = GroundTruth.of(of_split), list(of_split)
        whole = np.ones((1, len(self.videos)), dtype=np.int64)
        self.counts = np.concatenate([whole, draw_counts(len(self.videos), draws)])
        self._known: dict[Run, np.ndarray] = {}

    def of(self, run: Run, file: str) -> np.ndarray:
        """(1 + D,) average mAP on all videos, and on each draw."""
        if run not in self._known:
            found = read_predictions(run.folder / file, self.annotations)
            inside = {name: found[name] for name in self.videos if name in found}
            self._known[run] = resampled_map(
                self.ground_truth, Predictions.of(inside), DEFAULT_TIOU, self.videos, self.counts
            )
        return self._known[run]


def _finished_runs(row: Row, finished: Mapping[Run, Finished]) -> dict[int, tuple[Run, str]]:
    """Runs and the names of their prediction files, by seed."""
    return {
        run.seed: (run, result.record.predictions)
        for run, result in finished.items()
        if run.row.name == row.name and result.record
    }


def _test_split(runs: Mapping[int, tuple[Run, str]]) -> tuple[Annotations, Sequence[str]] | None:
    """Annotations of the first test dataset of a row; None if it has no events."""
    for run, _ in runs.values():
        cfg = run.config()
        init_default_scope(cfg.get("default_scope", "mmaction"))
        for place, config, kind in datasets_of(cfg):
            if place.startswith("test") and issubclass(kind, AVDataset):
                dataset = build_part(DATASETS, config, place)
                return dataset.read_annotations(), dataset.subset
    return None


def _compare(
    row: Row,
    reference: Row,
    of_reference: Mapping[int, tuple[Run, str]],
    of_row: Mapping[int, tuple[Run, str]],
    seeds: Sequence[int],
    samples: _Samples,
) -> RowComparison:
    first, second = (
        np.stack([samples.of(*runs[seed]) for seed in seeds]) for runs in (of_reference, of_row)
    )
    result = compare_paired(first[:, 0], second[:, 0], (first[:, 1:], second[:, 1:]))
    return RowComparison(row, reference, result, list(second[:, 0] - first[:, 0]))


def comparison_text(comparisons: Sequence[RowComparison]) -> str:
    """Format comparisons as a table in Markdown, in percentage points of average mAP."""
    head = ["row", "minus", "difference", "95 % interval", "p", "each seed"]
    lines = [
        [
            markdown(each.row.system),
            markdown(each.reference.system),
            f"{100 * each.result.difference:+.1f}",
            f"{100 * each.result.low:+.1f} to {100 * each.result.high:+.1f}",
            f"{each.result.p_value:.3f}",
            ", ".join(f"{100 * value:+.1f}" for value in each.by_seed),
        ]
        for each in comparisons
    ]
    return markdown_table(head, lines)
