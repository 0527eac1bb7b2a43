"""Accuracy of labels by the segment, the measure of AVE (Tian et al., ECCV 2018).

Shape letters: N segments of all videos, C classes; label C is background.
"""

from typing import NamedTuple

import numpy as np

from ...arrays import as_numbers, bad_argument, check_labels


class SegmentFigures(NamedTuple):
    """The figures, as fractions; NaN where there is nothing to be found.

    Attributes:
        accuracy: Share of the segments whose label is right.
        background_recall: The same of those of background.
        class_accuracy: (C,) the same of those of each class.
        true_class_everywhere: Accuracy of one who knows the class of each video, and
            finds it in all its segments: what classification without localization can reach.
    """

    accuracy: float
    background_recall: float
    class_accuracy: np.ndarray
    true_class_everywhere: float

    @property
    def mean_class_accuracy(self) -> float:
        """Mean over the classes that there are."""
        there = self.class_accuracy[~np.isnan(self.class_accuracy)]
        return float(there.mean()) if len(there) else float("nan")


def segment_accuracy(truth: np.ndarray, found: np.ndarray, num_classes: int) -> SegmentFigures:
    """Compare labels.

    Args:
        truth: (N,) labels 0 to C.
        found: (N,) labels 0 to C.
        num_classes: C.

    Raises:
        InputError: The arrays are no labels, or not equally many.
    """
    truth, found = (
        _labels(name, values, num_classes) for name, values in (("truth", truth), ("found", found))
    )
    if len(truth) != len(found):
        raise bad_argument(
            "segment_accuracy.found", f"{len(found)}", f"{len(truth)} labels, as many as truth has"
        )
    right = np.bincount(truth[truth == found], minlength=num_classes + 1)
    count = np.bincount(truth, minlength=num_classes + 1)
    with np.errstate(invalid="ignore"):
        shares = right / count
        total = np.float64(count.sum())
        accuracy, events = right.sum() / total, count[:num_classes].sum() / total
    return SegmentFigures(
        float(accuracy), float(shares[num_classes]), shares[:num_classes], float(events)
    )


def _labels(name: str, values: np.ndarray, num_classes: int) -> np.ndarray:
    where = f"segment_accuracy.{name}"
    labels = check_labels(where, as_numbers(where, values, ("N",)))
    if len(labels) and labels.max() > num_classes:
        raise bad_argument(where, f"label {labels.max()}", f"labels 0 to {num_classes}")
    return labels
