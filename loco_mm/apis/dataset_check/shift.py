"""How far one modality lags behind the other, of what the features themselves tell.

Shape letters: T steps, D channels, W channels of a projection, K lags, V videos.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Channels that features are projected to: enough to tell of each other, at little cost.
_WIDTH = 64
_RIDGE = 1e-2
# Fewer videos tell no shift. The best of many lags is above 0 by chance, too: by fewer deviations
# than these. So of aligned features of a synthetic world, 8 to 24 videos, 1 % seem apart.
_FEWEST, _DEVIATIONS = 8, 5
# Of the resampled lags, those between these ranks are told.
_RANKS = (2.5, 97.5)


class Shift(NamedTuple):
    """A lag.

    Attributes:
        steps: Steps by which the sound is late; negative where it is early.
        low: Where it lies in 95 % of resamples of the videos, from
        high: to.
        gain: How much sounds that are predicted from pictures correlate with the real
            ones, at that lag.
    """

    steps: int
    low: int
    high: int
    gain: float

    @property
    def is_sure(self) -> bool:
        """Whether the videos agree that the modalities are apart."""
        return self.low > 0 or self.high < 0


@functools.cache
def projection(dim: int, modality: str) -> np.ndarray:
    """(D, W) random directions, the same for all videos."""
    rng = np.random.default_rng([dim, len(modality)])
    return (rng.standard_normal((dim, _WIDTH)) / np.sqrt(dim)).astype(np.float32)


def projected(features: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(T, W) features (T, D) of a video, each channel standardised in it, and projected."""
    centred = features - features.mean(0)
    return (centred / (centred.std(0) + 1e-6)).clip(-5, 5) @ directions


def find_shift(
    visual: Sequence[np.ndarray], audio: Sequence[np.ndarray], most: int, seed: int = 0
) -> Shift | None:
    """The lag at which pictures tell most of sounds.

    At each lag a ridge regression learns to predict the sound's features from the pictures', on
    half of the videos, and is judged on the other half; both halves take turns. The lag of the
    best prediction is found again on resamples of the videos (bootstrap; Efron, 1979).

    Args:
        visual: (T, W) projected features of V videos.
        audio: (T, W) those of the sound, of the same videos.
        most: Steps of the longest lag.
        seed: Of the resamples.

    Returns:
        Shift | None: The lag; None of fewer than 8 videos that are longer than twice ``most``, or
        when pictures tell nothing of sounds at any lag.
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
    """(V, 3) of each video, predicted from the other half's."""
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
    """(K,) of summed products (K, 3)."""
    return sums[:, 0] / np.sqrt(sums[:, 1] * sums[:, 2] + 1e-12)
