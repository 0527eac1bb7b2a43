"""Linear probes on the mean of a few consecutive steps of features.

Shape letters: N intervals of steps, D channels, K classes.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ...structures import MODALITIES
from ...worlds.synthetic.world import activity
from .videos import MadeVideo

# Numbers of consecutive steps over which features are averaged.
WIDTHS = (1, 3, 9, 25)
_VARIANTS = 2


class Stretches(NamedTuple):
    """Intervals of constant content: a single class is audible, or visible.

    Attributes:
        features: (N, D) mean features.
        labels: (N,) classes.
        variants: (N,) variants.
        places: (N,) video and first step.
    """

    features: np.ndarray
    labels: np.ndarray
    variants: np.ndarray
    places: list[tuple[str, int]]


def find_stretches(videos: Iterable[MadeVideo], modality: str, width: int) -> Stretches:
    """Adjacent intervals of ``width`` steps in one modality."""
    features, labels, variants, places = [], [], [], []
    for video in videos:
        values, instances = video.features[modality], video.script.instances[modality]
        if not instances:
            continue
        shown = activity(instances, len(values), video.grid)
        alone = (shown > 0).sum(1) == 1
        whole = alone & (shown.max(1) > 1 - 1e-6)
        which = np.where(whole, shown.argmax(1), -1)
        for start in range(0, len(values) - width + 1, width):
            inside = which[start : start + width]
            if inside[0] >= 0 and (inside == inside[0]).all():
                one = instances[inside[0]]
                features.append(values[start : start + width].mean(0))
                labels.append(one.label)
                variants.append(one.variant)
                places.append((video.video_id, start))
    return Stretches(np.array(features), np.array(labels), np.array(variants), places)


def probe_curve(
    train: Sequence[MadeVideo], test: Sequence[MadeVideo], widths: Sequence[int] = WIDTHS
) -> dict[str, list[float]]:
    """Accuracy of linear discriminants that are fitted to single steps.

    Args:
        train: Videos to fit to.
        test: Videos to evaluate on.
        widths: Numbers of consecutive steps over which features are averaged.

    Returns:
        dict[str, list[float]]: For each width, the accuracy of class and variant by modality; and
        over intervals with the same class in both modalities, the fraction for which both classes,
        and whether the variants are equal, are predicted correctly.
    """
    curve: dict[str, list[float]] = {}
    fitted = {}
    for name in MODALITIES:
        steps = find_stretches(train, name, 1)
        # Class and variant encoded in one number.
        fitted[name] = fit_discriminant(steps.features, steps.labels * _VARIANTS + steps.variants)
    for width in widths:
        alike: dict[str, dict] = {}
        for name in MODALITIES:
            shown = find_stretches(test, name, width)
            predicted = fitted[name](shown.features)
            right = (
                predicted // _VARIANTS == shown.labels,
                predicted % _VARIANTS == shown.variants,
            )
            for what, good in zip(("class", "variant"), right, strict=True):
                curve.setdefault(f"{what}, {name}", []).append(float(np.mean(good)))
            rows = zip(shown.labels, shown.variants, right[0], predicted % _VARIANTS, strict=True)
            alike[name] = dict(zip(shown.places, rows, strict=True))
        curve.setdefault("class and whether variants are alike", []).append(
            _compared(*alike.values())
        )
    return curve


def fit_discriminant(
    features: np.ndarray, labels: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit a linear discriminant (Fisher, 1936).

    Args:
        features: (N, D) features.
        labels: (N,) labels.

    Returns:
        Callable: Maps (M, D) features to (M,) labels.
    """
    kinds, number = np.unique(labels, return_inverse=True)
    means = np.stack([features[number == kind].mean(0) for kind in range(len(kinds))])
    rest = features - means[number]
    weights = np.linalg.solve(rest.T @ rest / len(rest) + 1e-2 * np.eye(features.shape[1]), means.T)
    bias = 0.5 * (means * weights.T).sum(1)
    return lambda shown: kinds[(shown @ weights - bias).argmax(1)]


def _compared(first: dict, second: dict) -> float:
    """Fraction of places with the same class in both modalities where everything is correct."""
    pairs = [(row, second[place]) for place, row in first.items() if place in second]
    right = [
        good and other_good and (variant == other) == (predicted == other_predicted)
        for (label, variant, good, predicted), (
            other_label,
            other,
            other_good,
            other_predicted,
        ) in pairs
        if label == other_label
    ]
    return float(np.mean(right))
