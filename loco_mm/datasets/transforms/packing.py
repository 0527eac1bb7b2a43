"""Packing a sample for the model.

Shape letters: T steps, N events, Dv and Da channels of the features.
"""

import warnings

import numpy as np
import torch

from ...registry import TRANSFORMS
from ...structures import MODALITIES, Events
from ...tasks import EVENTS
from ..feature_cache import CachedRows


def pack_features(results: dict) -> dict[str, torch.Tensor]:
    """Convert the features of a sample, or their places in a cache, to tensors."""
    return {name: _as_tensor(results[name]) for name in MODALITIES}


def _as_tensor(features: np.ndarray | CachedRows) -> torch.Tensor:
    if isinstance(features, CachedRows):
        return features.to_tensor()
    with warnings.catch_warnings():
        # torch cannot protect the memory of read-only arrays; batches are copies of it.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(np.ascontiguousarray(features))


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
