"""A world with segment labels: sounds, sights, and both."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.worlds.synthetic import SegmentWorld

WORLD = SegmentWorld(num_classes=7)


def active(start, end):
    return (start <= np.arange(10)) & (np.arange(10) < end)


def test_a_class_is_a_pair_that_neither_part_tells():
    pairs = [SegmentWorld(num_classes=28).pair(label) for label in range(28)]
    assert len(set(pairs)) == 28
    for part in zip(*pairs, strict=True):
        counts = np.bincount(part)
        assert len(counts) in (5, 6)
        assert counts.min() >= 4  # each sound, and each sight, belongs to at least four classes
    assert SegmentWorld(num_classes=1).pair(0) == (0, 0)


def test_events_are_heard_and_seen_and_background_is_not_both():
    kinds = set()
    for video in range(200):
        is_event = active(video % 7, video % 7 + 3)
        label = video % 7
        heard, seen = WORLD.script((video,), label, is_event)
        np.testing.assert_array_equal((heard >= 0) & (seen >= 0), is_event)
        sound, sight = WORLD.pair(label)
        assert set(heard.tolist()) <= {-1, sound}
        assert set(seen.tolist()) <= {-1, sight}
        kinds |= {(h >= 0, s >= 0) for h, s in zip(heard[~is_event], seen[~is_event], strict=True)}
    assert kinds == {(False, False), (True, False), (False, True)}


def test_a_video_without_an_event_has_none():
    scripts = [WORLD.script((1, video), None, np.zeros(10, bool)) for video in range(100)]
    assert not any(((heard >= 0) & (seen >= 0)).any() for heard, seen in scripts)
    assert {n for heard, seen in scripts for n in (*heard, *seen)} == {-1, 0, 1, 2}


def test_features_show_what_happens():
    """Segments with a sight differ from the others along its prototype."""
    strong = SegmentWorld(num_classes=7, signal=40, variation=0, loudness=1)
    script = strong.script((0,), 4, active(2, 6))
    visual, audio = strong.visual((0,), script, 16, 7), strong.audio((0,), script, 12)
    assert visual.shape == (10, 7, 7, 16) and audio.shape == (10, 12)
    assert visual.dtype == audio.dtype == np.float32
    assert visual.min() == audio.min() == 0
    loudest = audio.max(axis=1)
    assert loudest[script.heard >= 0].min() > 2 * loudest[script.heard < 0].max(initial=0)
    peak = visual.max(axis=(1, 2, 3))
    assert peak[script.seen >= 0].min() > 2 * peak[script.seen < 0].max(initial=0)
    # A sight covers a part of the map.
    covered = (visual[3].max(axis=-1) > 0.5 * peak[3]).mean()
    assert 1 / 49 <= covered < 0.3


def test_the_same_key_gives_the_same_and_another_does_not():
    script = WORLD.script((3,), 2, active(0, 10))
    first = WORLD.audio((3,), script, 8)
    np.testing.assert_array_equal(first, WORLD.audio((3,), script, 8))
    assert (first != WORLD.audio((4,), script, 8)).any()
    assert (first != SegmentWorld(num_classes=7, seed=1).audio((3,), script, 8)).any()


@pytest.mark.parametrize(
    "settings",
    [
        dict(seed=-1),
        dict(num_classes=0),
        dict(alone=0.6),
        dict(alone=-0.1),
        dict(signal=0),
        dict(signal=float("nan")),
        dict(loudness=0.5),
        dict(variation=-1),
        dict(background="x"),
    ],
)
def test_settings_out_of_range_are_named(settings):
    [(name, value)] = settings.items()
    with pytest.raises(InputError) as caught:
        SegmentWorld(**settings)
    assert str(caught.value) == f"synthetic world: {name}={value!r} is out of range"
