"""Estimates the time shift between the modalities from the features.

Shape letters: T steps, D channels, W channels of a projection, K lags, V videos.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Number of channels that features are projected to, as a compromise of accuracy and cost.
_WIDTH = 64
_RIDGE = 1e-2
# Minimum number of videos. The best of many lags has a positive gain by chance, which is below this
# many standard deviations. On aligned synthetic features (8 to 24 videos), 1 % are reported.
_FEWEST, _DEVIATIONS = 8, 5
# Percentiles of the resampled lags that are reported.
_RANKS = (2.5, 97.5)


class Shift(NamedTuple):
    """An estimated shift.

    Attributes:
        steps: Number of steps by which the audio is late; negative if it is early.
        low: Lower end of the 95 % interval over resamples of the videos.
        high: Upper end of that interval.
        gain: Correlation, at that lag, of the audio features with their prediction from the visual
            features.
    """

    steps: int
    low: int
    high: int
    gain: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


@functools.cache
def projection(dim: int, modality: str) -> np.ndarray:
    """(D, W) random directions, the same for all videos."""
    rng = np.random.default_rng([dim, len(modality)])
    return (rng.standard_normal((dim, _WIDTH)) / np.sqrt(dim)).astype(np.float32)


def projected(features: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(T, W) projection of features (T, D), whose channels are standardized within the video."""
    centred = features - features.mean(0)
    return (centred / (centred.std(0) + 1e-6)).clip(-5, 5) @ directions


def find_shift(
    visual: Sequence[np.ndarray], audio: Sequence[np.ndarray], most: int, seed: int = 0
) -> Shift | None:
    """Find the lag at which visual features predict audio features best.

    At each lag, a ridge regression predicts the audio features from the visual features. It is
    fitted on one half of the videos and evaluated on the other, and vice versa. The best lag is
    also computed on resamples of the videos (bootstrap; Efron, 1979).

    Args:
        visual: (T, W) projected visual features of V videos.
        audio: (T, W) projected audio features of the same videos.
        most: Maximum lag in steps.
        seed: Random seed of the resamples.

    Returns:
        Shift | None: The shift; None for fewer than 8 videos longer than twice ``most``, or if no
        lag allows a prediction.
    """
    pairs = [(v, a) for v, a in zip(visual, audio, strict=True) if len(v) > 2 * most]
    if len(pairs) < _FEWEST:
        return None
    lags = np.arange(-most, most + 1)
    # (V, K, 3): products of prediction and truth, and of each with itself.
    sums = np.stack([_products(pairs, lag) for lag in lags.tolist()], 1)
    curve = _correlation(sums.sum(0))
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(pairs), (200, len(pairs)))
    resampled = np.stack([_correlation(sums[draw].sum(0)) for draw in draws])
    low, high = np.percentile(lags[resampled.argmax(1)], _RANKS).round().astype(int)
    best = int(curve.argmax())
    if curve[best] < _DEVIATIONS * resampled[:, best].std():
        return None
    return Shift(int(lags[best]), int(low), int(high), float(curve[best]))


def _products(pairs: list[tuple[np.ndarray, np.ndarray]], lag: int) -> np.ndarray:
    """(V, 3) products for each video, predicted by the fit on the other half."""
    cut = [
        (v[max(0, -lag) : len(v) - max(0, lag)], a[max(0, lag) : len(a) - max(0, -lag)])
        for v, a in pairs
    ]
    cut = [(v - v.mean(0), a - a.mean(0)) for v, a in cut]
    sums = np.zeros((len(cut), 3))
    for half in (0, 1):
        x, y = (np.concatenate(part) for part in zip(*cut[half::2], strict=True))
        gram = x.T @ x
        ridge = _RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
        weights = np.linalg.solve(gram + ridge, x.T @ y)
        for index in range(1 - half, len(cut), 2):
            v, a = cut[index]
            guess = v @ weights
            sums[index] = (guess * a).sum(), (guess * guess).sum(), (a * a).sum()
    return sums


def _correlation(sums: np.ndarray) -> np.ndarray:
    """(K,) correlations from summed products (K, 3)."""
    return sums[:, 0] / np.sqrt(sums[:, 1] * sums[:, 2] + 1e-12)
