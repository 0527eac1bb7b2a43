"""Made-up videos with their features, and what single steps and their neighbourhoods tell."""

from typing import NamedTuple

import numpy as np

from ...datasets.synthetic import Script
from ...structures import TemporalGrid


class MadeVideo(NamedTuple):
    """A video of a synthetic world.

    Attributes:
        video_id (str): Its id.
        script (Script): What happens in it.
        features (dict[str, ndarray]): (T, D) by modality.
        grid (TemporalGrid): Their grid.
    """

    video_id: str
    script: Script
    features: dict[str, np.ndarray]
    grid: TemporalGrid
