"""The estimated shift between the modalities."""

import numpy as np

from loco_mm.apis.dataset_check.shift import find_shift, projected, projection

from .worlds import World


def arrays(world):
    pairs = world.features.values()
    return [
        [projected(pair[i], projection(pair[i].shape[1], name)) for pair in pairs]
        for i, name in enumerate(("visual", "audio"))
    ]


def test_a_lag_and_how_sure_it_is():
    for shift in (-5, 0, 3):
        found = find_shift(*arrays(World((30, 0, 0), shift=shift)), most=10)
        assert found.steps == shift
        assert found.low <= shift <= found.high
        assert found.is_sure == (shift != 0)
        assert 0.2 < found.gain < 1


def test_modalities_that_tell_nothing_of_each_other():
    visual, _ = arrays(World((30, 0, 0)))
    _, audio = arrays(World((30, 0, 0), seed=1))
    assert find_shift(visual, audio, most=10) is None


def test_too_little_to_tell():
    visual, audio = arrays(World((3, 0, 0)))
    assert find_shift(visual, audio, most=10) is None
    visual, audio = arrays(World((30, 0, 0)))
    assert find_shift(visual, audio, most=30) is None


def test_channels_that_never_change_do_not_matter():
    directions = projection(3, "audio")
    features = np.ones((5, 3), np.float32)
    assert np.abs(projected(features, directions)).max() == 0
