"""Loads and packs videos with one label per segment.

Shape letters: T segments, C classes, Dv and Da channels of the features; ... cells, if any.
"""

import numpy as np

from ...errors import InputError
from ...registry import TRANSFORMS
from ...tasks import SEGMENTS
from .packing import pack_features


@TRANSFORMS.register_module()
class LoadSegmentFeatures:
    """Loads the features of a video, and the labels of its segments if stored with them.

    Location and form of the features come from the dataset.
    """

    def __call__(self, results: dict) -> dict:
        """Add ``visual`` (T, ..., Dv), ``audio`` (T, Da) float32, and maybe ``segment_labels``.

        Args:
            results: The sample, and ``reader``, which reads its arrays.

        Raises:
            InputError: A file is missing or invalid.
        """
        if results["reader"] is None:
            raise InputError("dataset.features is missing: LoadSegmentFeatures needs to know them")
        results.update(results["reader"](results))
        return results


@TRANSFORMS.register_module()
class PackSegmentInputs:
    """Packs a sample into ``inputs`` and ``data_samples``.

    ``inputs`` are ``visual`` (T, ..., Dv) and ``audio`` (T, Da). The data sample has
    ``gt_video_label`` (C + 1,), the fractions of the labels in the video with background last, or a
    single 1 unless the dataset's ``video_label`` is ``'proportion'``; and, if supervision includes
    them, ``gt_segment_labels`` (T,), from 0 to C. Its meta has ``video_id`` and ``row``.
    """

    def __call__(self, results: dict) -> dict:
        """Pack one sample."""
        labels = [results["label"]]
        if results["video_label"] == "proportion":
            labels = results["segment_labels"]
        counts = np.bincount(labels, minlength=results["num_classes"] + 1)
        sample = SEGMENTS.sample(
            results["video_id"],
            results["row"],
            segment_labels=results["segment_labels"] if results["knows_segments"] else None,
            video_label=counts / len(labels),
        )
        return dict(inputs=pack_features(results), data_samples=sample)
