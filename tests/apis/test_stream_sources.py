"""Sources of a stream."""

import numpy as np
import pytest

from loco_mm.apis import FeatureChunks
from loco_mm.apis.stream_sources import FeatureSteps
from loco_mm.errors import InputError


def chunks(*sizes, widths=(3, 2)):
    """Chunks whose values count their steps."""
    start = 0
    for size in sizes:
        steps = np.arange(start, start + size, dtype=np.float32)[:, None]
        yield np.repeat(steps, widths[0], 1), np.repeat(steps, widths[1], 1)
        start += size


@pytest.mark.parametrize("sizes", [(10,), (1,) * 10, (3, 0, 4, 3), (6, 4)])
def test_steps_do_not_depend_on_the_chunks(sizes):
    steps = FeatureSteps(FeatureChunks(chunks(*sizes), duration=5.0, video_id="a"))
    assert (steps.video_id, steps.duration, steps.time) == ("a", 5.0, None)
    found = [steps.take(count) for count in (1, 4, 2, 8, 1)]
    assert [len(visual) for visual, _ in found] == [1, 4, 2, 3, 0]
    for index, width in enumerate((3, 2)):
        values = np.concatenate([pair[index] for pair in found[:4]])
        assert values.tolist() == [[step] * width for step in range(10)]


def test_it_waits_for_no_more_than_it_needs():
    given = chunks(2, 2, 2)
    steps = FeatureSteps(FeatureChunks(given))
    assert len(steps.take(3)[0]) == 3
    assert len(next(given)[0]) == 2


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (np.zeros((2, 3)), r"chunks\[1\]: expected a pair \(visual, audio\), got ndarray"),
        ((np.zeros((2, 3)), np.zeros((1, 2))), r"one number of steps.*\(2, 3\) and \(1, 2\)"),
        ((np.zeros((2, 4)), np.zeros((2, 2))), r"and 3 and 2 channels, got \(2, 4\) and \(2, 2\)"),
        ((np.zeros(3), np.zeros((2, 2))), r"chunks\[1\]: visual: expected .*\(N, channels\)"),
    ],
)
def test_chunks_of_another_form(second, message):
    steps = FeatureSteps(FeatureChunks([*chunks(2), second]))
    with pytest.raises(InputError, match=message):
        steps.take(4)
