"""Packing a sample for the model.

Shape letters: T steps, N events, Dv and Da channels of the features.
"""

import numpy as np
import torch

from ...registry import TRANSFORMS
from ...structures import MODALITIES, Events
from ...tasks import EVENTS


def pack_features(results: dict) -> dict[str, torch.Tensor]:
    """Convert the features of a sample to tensors."""
    return {name: torch.from_numpy(np.ascontiguousarray(results[name])) for name in MODALITIES}


@TRANSFORMS.register_module()
class PackAVInputs:
    """Packs a sample into ``inputs`` and ``data_samples``.

    ``inputs`` are ``visual`` (T, Dv) and ``audio`` (T, Da). The data sample's ``gt_instances`` are
    the events within the crop, in grid steps. Its meta has ``video_id``, ``duration`` (s),
    ``grid``, and the events of the whole video, ``gt_segments_sec`` (N, 2) and ``gt_labels`` (N,).
    """

    def __call__(self, results: dict) -> dict:
        """Pack one sample."""
        sample = EVENTS.sample(
            results["video_id"],
            results["duration"],
            results["grid"],
            on_grid=Events(results["segments"], results["labels"]),
            in_seconds=Events(results["segments_sec"], results["labels_all"]),
        )
        return dict(inputs=pack_features(results), data_samples=sample)
