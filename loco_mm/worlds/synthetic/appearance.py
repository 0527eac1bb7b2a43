"""Features of classes, and noise.

Shape letters: T grid steps, K classes, D channels.
"""

from functools import lru_cache

import numpy as np

from ...structures import TemporalGrid

LATENT_DIM = 16
# Keys of independent random streams.
_CLASS_STREAM, _PROJECTION_STREAM, SCRIPT_STREAM, FEATURE_STREAM, _VARIANT_STREAM = range(5)


@lru_cache(maxsize=8)
def prototypes(seed: int, num_classes: int, number: int, dim: int) -> np.ndarray:
    """(K, D) prototypes of a modality, given by its number; cached, as every video needs them."""
    rng = np.random.default_rng([seed, _PROJECTION_STREAM, number, dim])
    projection = rng.normal(size=(LATENT_DIM, dim))
    rows = []
    for label in range(num_classes):
        latent = np.random.default_rng([seed, _CLASS_STREAM, label]).normal(size=LATENT_DIM)
        own = np.random.default_rng([seed, _CLASS_STREAM, label, number, dim])
        rows.append(unit(unit(latent @ projection) + unit(own.normal(size=dim))))
    return _frozen(rows)


@lru_cache(maxsize=8)
def variant_axes(seed: int, num_classes: int, number: int, dim: int) -> np.ndarray:
    """(K, D) directions of a modality's variants, cached as well."""
    key = [seed, _VARIANT_STREAM, number, dim]
    alike = unit(np.random.default_rng(key).normal(size=dim))
    owns = (np.random.default_rng([*key, label]).normal(size=dim) for label in range(num_classes))
    return _frozen([unit(alike + unit(own)) for own in owns])


def _frozen(rows: list[np.ndarray]) -> np.ndarray:
    """Rows as a read-only array, as it is shared."""
    table = np.stack(rows)
    table.flags.writeable = False
    return table


def steps_that_share(grid: TemporalGrid) -> int:
    """Number of consecutive features that have a frame in common."""
    return max(1, round(grid.num_frames / grid.stride))


def make_noise(rng: np.random.Generator, steps: int, dim: int, grid: TemporalGrid) -> np.ndarray:
    """(T, D) noise of unit variance, correlated as features with overlapping frames are."""
    shared = steps_that_share(grid)
    total = np.cumsum(rng.normal(size=(steps + shared, dim)), axis=0)
    return (total[shared:] - total[:-shared]) / np.sqrt(shared)


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector of length 1 in the same direction."""
    return vector / np.linalg.norm(vector)
