"""Events on the grid, and random crops.

Shape letters: T steps, N events, Dv and Da channels of the features.
"""

from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveInt

from ...arguments import Probability, Range, checked
from ...errors import InputError
from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class SegmentsToGrid:
    """Converts events from seconds to grid steps; ``segments_sec`` keeps the seconds."""

    def __call__(self, results: dict) -> dict:
        """Set ``segments`` (N, 2) float32 in grid steps."""
        results["segments_sec"] = results["segments"]
        results["labels_all"] = results["labels"]
        results["segments"] = results["grid"].to_grid(results["segments"]).astype(np.float32)
        return results


@TRANSFORMS.register_module()
class RandomTemporalCrop:
    """Crops a video randomly in time.

    A video of more than ``max_len`` steps is cropped to ``max_len``, a shorter one to a random
    fraction of its length. An event is kept, and clipped to the crop, if at least ``trunc_ratio``
    of it lies inside. Crops are sampled repeatedly until one keeps an event.

    Args:
        max_len: Maximum number of steps of a crop; by default ``dataset.max_len``.
        trunc_ratio: Minimum fraction of an event that must lie inside the crop.
        crop_ratio (tuple[float, float]): Range of the fraction for shorter videos.
        max_trials: Maximum number of sampled crops.
        margin: Number of grid steps by which events may extend beyond the crop before they are
            clipped. UnAV clips at the crop; ActionFormer and UniAV allow half the frames of a
            feature, ``0.5 * num_frames / stride`` steps.
        short_share: Length of short clips as a fraction of ``max_len``. Short clips are sometimes
            cropped from any video, for the magnified copies of :class:`SelfStitchPreprocessor`.
        short_prob: Probability of a short clip.
    """

    @checked
    def __init__(
        self,
        max_len: PositiveInt | None = None,
        trunc_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5,
        crop_ratio: Range = (0.9, 1.0),
        max_trials: PositiveInt = 200,
        margin: NonNegativeFloat = 0.0,
        short_share: Annotated[float, Field(gt=0, le=1)] | None = None,
        short_prob: Probability = 0.5,
    ):
        low, high = crop_ratio
        if not 0 < low <= high <= 1:
            raise InputError(
                "RandomTemporalCrop.crop_ratio: expected 0 < low <= high <= 1, got "
                f"{tuple(crop_ratio)}"
            )
        self.max_len = max_len
        self.trunc_ratio = trunc_ratio
        self.crop_ratio = (low, high)
        self.max_trials = max_trials
        self.margin = margin
        self.short_share, self.short_prob = short_share, short_prob

    def __call__(self, results: dict) -> dict:
        """Crop ``visual``, ``audio``, ``segments`` and ``labels``."""
        rng = results.get("rng") or np.random.default_rng()
        steps = len(results["visual"])
        max_len = self.max_len or results.get("max_len")
        if max_len is None:
            raise InputError("dataset.max_len is missing: RandomTemporalCrop needs a length")
        if self.short_share is not None and rng.random() < self.short_prob:
            max_len = max(1, round(self.short_share * max_len))
        if steps > max_len:
            length = max_len
        else:
            fewest, most = (max(1, round(ratio * steps)) for ratio in self.crop_ratio)
            length = int(rng.integers(fewest, most, endpoint=True))
        if length == steps:
            return results
        segments = results["segments"]
        for _ in range(self.max_trials):
            start = int(rng.integers(0, steps - length, endpoint=True))
            kept = self._kept(segments, start, length, steps)
            if kept.any() or not len(segments):
                break
        results["visual"] = results["visual"][start : start + length]
        results["audio"] = results["audio"][start : start + length]
        # Borders of the video are not moved: grid steps are centred between borders, not on them.
        low = -np.inf if start == 0 else start - self.margin
        high = np.inf if start + length == steps else start + length + self.margin
        results["segments"] = (np.clip(segments[kept], low, high) - start).astype(np.float32)
        results["labels"] = results["labels"][kept]
        return results

    def _kept(self, segments: np.ndarray, start: int, length: int, steps: int) -> np.ndarray:
        """(N,) bool: whether enough of each event lies in the crop.

        Parts of an event before the first grid step or after the last one are not counted.
        """
        on_grid = np.clip(segments, -self.margin, steps + self.margin)
        inside = np.clip(on_grid, start - self.margin, start + length + self.margin)
        whole = on_grid[:, 1] - on_grid[:, 0]
        share = (inside[:, 1] - inside[:, 0]) / np.maximum(whole, 1e-6)
        return (share >= self.trunc_ratio) & (whole > 0)
