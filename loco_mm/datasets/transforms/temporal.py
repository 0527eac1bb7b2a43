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
    """Turns events from seconds into grid steps; ``segments_sec`` keeps the seconds."""

    def __call__(self, results: dict) -> dict:
        """Set ``segments`` (N, 2) float32 in grid steps."""
        results["segments_sec"] = results["segments"]
        results["labels_all"] = results["labels"]
        results["segments"] = results["grid"].to_grid(results["segments"]).astype(np.float32)
        return results


@TRANSFORMS.register_module()
class RandomTemporalCrop:
    """Crops a video at random in time.

    A video of more than ``max_len`` steps is cut to ``max_len``, a shorter one to a random share
    of its length. An event is kept, and clipped to the crop, when at least ``trunc_ratio`` of it
    lies inside. A few places are tried for one that keeps an event.

    Args:
        max_len: Steps of the longest crop; by default what the sample says,
            ``dataset.max_len``.
        trunc_ratio: Least share of an event inside the crop.
        crop_ratio (tuple[float, float]): Range of the share of a shorter video.
        max_trials: Places tried.
        margin: Grid steps by which events may reach beyond the crop, when they are
            counted and clipped. UnAV cuts at the crop; ActionFormer and UniAV let half a
            feature's frames, ``0.5 * num_frames / stride`` steps, stay.
        short_share: Share of ``max_len`` that a short clip has. Such clips are cut
            now and then, of any video, for the magnified copies of
            :class:`SelfStitchPreprocessor`.
        short_prob: Probability of that.
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
        # An end of the video stays where it is: grid steps begin within, not at, its borders.
        low = -np.inf if start == 0 else start - self.margin
        high = np.inf if start + length == steps else start + length + self.margin
        results["segments"] = (np.clip(segments[kept], low, high) - start).astype(np.float32)
        results["labels"] = results["labels"][kept]
        return results

    def _kept(self, segments: np.ndarray, start: int, length: int, steps: int) -> np.ndarray:
        """(N,) bool: whether enough of an event lies in the crop.

        Of an event that begins before the first grid step or ends after the last, what lies
        beside the grid counts for nothing.
        """
        on_grid = np.clip(segments, -self.margin, steps + self.margin)
        inside = np.clip(on_grid, start - self.margin, start + length + self.margin)
        whole = on_grid[:, 1] - on_grid[:, 0]
        share = (inside[:, 1] - inside[:, 0]) / np.maximum(whole, 1e-6)
        return (share >= self.trunc_ratio) & (whole > 0)
