"""Events on the grid, and random crops."""

import numpy as np
import pytest

from loco_mm.datasets import RandomTemporalCrop, SegmentsToGrid
from loco_mm.errors import InputError
from loco_mm.structures import TemporalGrid


def test_a_crop_takes_its_length_from_the_dataset():
    found = RandomTemporalCrop()(results(60) | dict(max_len=24))
    assert len(found["visual"]) == 24


def results(steps, segments=(), seed=0):
    step = np.arange(steps, dtype=np.float32)[:, None]
    segments = np.array(segments, dtype=np.float32).reshape(-1, 2)
    return dict(
        visual=step,
        audio=step + 1000,
        segments=segments,
        labels=np.arange(len(segments)),
        rng=np.random.default_rng(seed),
    )


def test_seconds_become_grid_steps():
    found = SegmentsToGrid()(
        dict(
            grid=TemporalGrid(25, 24, 8),
            segments=np.array([[0.0, 1.6]], np.float32),
            labels=np.array([3]),
        )
    )
    np.testing.assert_allclose(found["segments"], [[-1.5, 3.5]], atol=1e-6)
    np.testing.assert_allclose(found["segments_sec"], [[0.0, 1.6]])
    assert found["labels_all"].tolist() == [3]


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_keeps_steps_and_events_together(seed):
    segments = [[-2.0, 8.0], [20.0, 30.0], [35.0, 61.0], [58.5, 59.5]]
    found = RandomTemporalCrop(max_len=24)(results(60, segments, seed))
    start = int(found["visual"][0, 0])
    assert np.array_equal(found["visual"][:, 0], np.arange(start, start + 24))
    assert np.array_equal(found["audio"], found["visual"] + 1000)
    kept = []
    for label, (low, high) in enumerate(segments):
        whole = (max(low, 0), min(high, 60))
        inside = max(0, min(whole[1], start + 24) - max(whole[0], start))
        if inside >= 0.5 * (whole[1] - whole[0]):
            kept.append(label)
            place = list(found["labels"]).index(label)
            low_end = low if start == 0 else max(low, start)
            high_end = high if start + 24 == 60 else min(high, start + 24)
            assert found["segments"][place].tolist() == [low_end - start, high_end - start]
    assert found["labels"].tolist() == kept
    assert kept


def test_an_event_is_kept_from_half_of_it_on():
    crop = RandomTemporalCrop(max_len=10)
    segments = np.array([[5.0, 15.0], [5.0, 15.2]])
    assert crop._kept(segments, 0, 10, 40).tolist() == [True, False]


def test_events_reach_a_margin_beyond_the_crop():
    crop = RandomTemporalCrop(max_len=10, margin=2)
    # 6 of 12 steps, and 5.8 of 12, lie before step 12.
    segments = np.array([[6.0, 18.0], [6.2, 18.2]])
    assert crop._kept(segments, 0, 10, 40).tolist() == [True, False]
    for seed in range(20):
        found = crop(results(40, [[6.0, 30.0], [-1.5, 16.0]], seed))
        start = int(found["visual"][0, 0])
        wanted = []
        for low, high in ([6.0, 30.0], [-1.5, 16.0]):
            low_end, high_end = max(low, start - 2), min(high, start + 12)
            if high_end - low_end >= 0.5 * (high - low):
                wanted.append([low_end - start, high_end - start])
        assert found["segments"].tolist() == wanted
        assert wanted


def test_a_shorter_video_keeps_nine_tenths_or_more():
    lengths = {len(RandomTemporalCrop(64)(results(40, seed=s))["visual"]) for s in range(60)}
    assert lengths == {36, 37, 38, 39, 40}


@pytest.mark.parametrize("steps", [1, 5, 300])
def test_corner_lengths(steps):
    for seed in range(5):
        found = RandomTemporalCrop(16)(results(steps, [[0.2, 0.4]] if steps < 9 else [], seed))
        assert 1 <= len(found["visual"]) <= 16
        assert len(found["segments"]) == len(found["labels"])


def test_a_crop_that_can_keep_no_event_ends():
    found = RandomTemporalCrop(max_len=4)(results(100, [[0.0, 100.0]]))
    assert found["segments"].shape == (0, 2)


def test_now_and_then_a_short_clip_is_cut():
    crop = RandomTemporalCrop(max_len=50, short_share=0.2, short_prob=0.3)
    lengths = [len(crop(results(steps, seed=n))["visual"]) for steps in (40, 90) for n in range(99)]
    assert 35 < lengths.count(10) < 85
    assert all(36 <= length <= 40 for length in lengths[:99] if length != 10)
    assert set(lengths[99:]) == {10, 50}
    for seed in range(20):
        found = crop(results(90, [[30.0, 34.0]], seed))
        assert found["labels"].tolist() == [0]


@pytest.mark.parametrize(
    "settings",
    [
        dict(max_len=0),
        dict(crop_ratio=(0.9, 1.2)),
        dict(trunc_ratio=0.0),
        dict(margin=-1),
        dict(short_share=0.0),
    ],
)
def test_bad_crop_settings_are_refused(settings):
    with pytest.raises(InputError, match="RandomTemporalCrop"):
        RandomTemporalCrop(**(dict(max_len=8) | settings))
