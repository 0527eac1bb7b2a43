"""The order of samples in a test."""

import pytest

from loco_mm.datasets import LengthSampler
from loco_mm.errors import InputError
from loco_mm.registry import DATA_SAMPLERS


class Videos(list):
    """A dataset of videos with the given durations."""

    def get_data_info(self, number):
        return {} if self[number] is None else dict(duration=self[number])


def build(durations, **settings):
    given = dict(dataset=Videos(durations), seed=3)
    return DATA_SAMPLERS.build(dict(type="LengthSampler", **settings), default_args=given)


def test_the_longest_comes_first_and_ties_keep_their_order():
    sampler = build([3.0, 9.5, 3.0, 60.0, 1.0])
    assert isinstance(sampler, LengthSampler)
    assert list(sampler) == list(sampler) == [3, 1, 0, 2, 4] and len(sampler) == 5


@pytest.mark.parametrize("round_up", [True, False])
def test_processes_share_the_samples(round_up):
    shares = []
    for rank in range(2):
        sampler = build([3.0, 9.5, 3.0, 60.0, 1.0], round_up=round_up)
        sampler.rank, sampler.world_size = rank, 2
        sampler.num_samples = 3 if round_up else 3 - rank
        sampler.total_size = 6 if round_up else 5
        shares.append(list(sampler))
    # Batches of the processes have similar lengths; the first sample is repeated.
    assert shares == [[3, 0, 4], [1, 2, 3] if round_up else [1, 2]]


def test_samples_without_a_duration_are_refused():
    message = "LengthSampler, got a Videos whose samples have none: use DefaultSampler"
    with pytest.raises(InputError, match=message):
        build([1.0, None])
