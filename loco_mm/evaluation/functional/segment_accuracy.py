"""Accuracy of segment labels, the measure of AVE (Tian et al., ECCV 2018).

Shape letters: N segments of all videos, C classes; label C is background.
"""

from typing import NamedTuple

import numpy as np

from ...arrays import as_numbers, bad_argument, check_labels


class SegmentFigures(NamedTuple):
    """Results, as fractions; NaN if there are no segments to count.

    Attributes:
        accuracy: Fraction of segments with the correct label.
        background_recall: The same for background segments.
        class_accuracy: (C,) the same for the segments of each class.
        true_class_everywhere: Accuracy of assigning the true class of a video to all its segments:
            the upper bound for classification without localization.
    """

    accuracy: float
    background_recall: float
    class_accuracy: np.ndarray
    true_class_everywhere: float

    @property
    def mean_class_accuracy(self) -> float:
        """Mean over the classes with ground truth."""
        known = self.class_accuracy[~np.isnan(self.class_accuracy)]
        return float(known.mean()) if len(known) else float("nan")


def segment_accuracy(truth: np.ndarray, found: np.ndarray, num_classes: int) -> SegmentFigures:
    """Compare predicted with true labels.

    Args:
        truth: (N,) true labels, 0 to C.
        found: (N,) predicted labels, 0 to C.
        num_classes: Number of classes C.

    Raises:
        InputError: Labels are out of range, or the two arrays differ in length.
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
