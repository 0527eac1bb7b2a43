"""Content of rendered videos."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.worlds.rendered import RenderedWorld

SCENES = [RenderedWorld(seed=3).scene((0, number)) for number in range(150)]


def _overlap(a, b):
    return min(a.end, b.end) - max(a.start, b.start)


def test_events_are_where_a_thing_and_its_sound_are_there():
    """And nowhere else: every moment in which both are present belongs to an event."""
    for scene in SCENES:
        pairs = [
            (max(thing.start, sound.start), min(thing.end, sound.end), thing.label)
            for thing in scene.seen
            for sound in scene.heard
            if thing.label == sound.label and _overlap(thing, sound) > 0
        ]
        events = [
            (*segment, label)
            for segment, label in zip(
                scene.events.segments.tolist(), scene.events.labels.tolist(), strict=True
            )
        ]
        assert len(events) == len(pairs)
        for event, pair in zip(events, sorted(pairs), strict=True):
            assert event == pytest.approx(pair, abs=1e-5)


def test_all_lies_in_the_video():
    world = RenderedWorld(seed=3)
    for scene in SCENES:
        assert 12 <= scene.duration <= 20
        for span in (*scene.seen, *scene.heard):
            assert 0 <= span.start < span.end <= scene.duration
            assert span.end - span.start <= world.lengths[1] + 2 * world.slack + 1e-6


def test_neither_picture_nor_sound_tells():
    """About half of the shapes, and of the sounds, belong to no event; all kinds occur."""
    events = sum(len(scene.events.labels) for scene in SCENES)
    for spans in (
        [s for scene in SCENES for s in scene.seen],
        [s for x in SCENES for s in x.heard],
    ):
        assert 0.5 < events / len(spans) < 0.75
    mismatched = overlapping = apart = 0
    for scene in SCENES:
        mismatched += any(
            thing.label != sound.label and _overlap(thing, sound) > 1
            for thing in scene.seen
            for sound in scene.heard
        )
        segments = scene.events.segments
        overlapping += any(
            segments[later, 0] < segments[earlier, 1]
            for later in range(len(segments))
            for earlier in range(later)
        )
        starts = {(s.label, s.start) for s in scene.seen} & {
            (s.label, s.start) for s in scene.heard
        }
        apart += not any(start for _, start in starts)
    assert mismatched > 50 and overlapping > 30 and apart > 140
    assert set(np.concatenate([s.events.labels for s in SCENES]).tolist()) == set(range(6))


def test_it_follows_from_seed_and_key():
    def plain(scene):
        return scene.seen, scene.heard, scene.events.segments.tolist()

    first = RenderedWorld(seed=3).scene((0, 4))
    assert plain(first) == plain(SCENES[4])
    assert plain(RenderedWorld(seed=4).scene((0, 4))) != plain(first)
    assert plain(RenderedWorld(seed=3).scene((1, 4))) != plain(first)


def test_a_share_of_one_is_events_alone():
    world = RenderedWorld(share=1.0, slack=0.0)
    for number in range(20):
        scene = world.scene((number,))
        assert scene.seen == scene.heard and len(scene.events.labels) == len(scene.seen)


@pytest.mark.parametrize(
    "settings",
    [
        dict(num_classes=1), dict(durations=(1.0, 2.0)), dict(share=1.5),
        dict(lengths=(0.2, 3.0)), dict(slack=1.0), dict(rate=-1.0), dict(seed=-1),
    ],
)  # fmt: skip
def test_settings_out_of_range(settings):
    [(name, _)] = settings.items()
    with pytest.raises(InputError, match=f"synthetic world: {name}=.* is out of range"):
        RenderedWorld(**settings)
