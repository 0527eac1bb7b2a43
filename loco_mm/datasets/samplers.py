"""Order of the samples of a test."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmengine.dataset import DefaultSampler

from ..arguments import checked
from ..errors import InputError
from ..registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class LengthSampler(DefaultSampler):
    """Samples from the longest to the shortest video, so that batches need little padding.

    For testing: the order is always the same. A batch that needs too much memory is the first one.

    Args:
        dataset: Dataset whose samples have a ``duration`` in seconds.
        seed: Not used.
        round_up: Whether samples are repeated so that all processes have the same number.

    Raises:
        InputError: The samples have no duration.
    """

    @checked
    def __init__(self, dataset: Any, seed: int | None = None, round_up: bool = True):
        super().__init__(dataset, shuffle=False, seed=seed, round_up=round_up)
        infos = [dataset.get_data_info(number) for number in range(len(dataset))]
        if any("duration" not in info for info in infos):
            raise InputError(
                "dataloader.sampler: expected samples with a duration for LengthSampler, got a "
                f"{type(dataset).__name__} whose samples have none: use DefaultSampler"
            )
        self.order = np.argsort([-info["duration"] for info in infos], kind="stable").tolist()

    def __iter__(self) -> Iterator[int]:
        """Indices of the samples of this process."""
        return (self.order[place] for place in super().__iter__())
