"""Events of many videos as arrays, a row each.

Shape letters: N ground truths, M predictions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class GroundTruth(NamedTuple):
    """Annotated events.

    Attributes:
        video (Sequence): (N,) video of each, any hashable name.
        segments (ndarray): (N, 2) start and end in seconds.
        labels (ndarray): (N,) class.
    """

    video: Sequence
    segments: np.ndarray
    labels: np.ndarray


class Predictions(NamedTuple):
    """Predicted events.

    Attributes:
        video (Sequence): (M,) video of each, as in the ground truth.
        segments (ndarray): (M, 2) start and end in seconds.
        labels (ndarray): (M,) class.
        scores (ndarray): (M,) scores; of equal ones the earlier counts as better.
    """

    video: Sequence
    segments: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
