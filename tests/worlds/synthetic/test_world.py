"""Content of the synthetic world."""

import dataclasses

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.structures import FEATURE_KINDS, Events, TemporalGrid
from loco_mm.worlds.synthetic import Instance, SyntheticWorld
from loco_mm.worlds.synthetic.world import activity

GRID = TemporalGrid(16, 16, 4)
WORLD = SyntheticWorld(num_classes=4, durations=(8.0, 18.0), pace=2.0)
SCRIPTS = [((0, i), WORLD.script((0, i))) for i in range(120)]


def spans(script, modality, label, variant):
    return [
        (i.start, i.end)
        for i in script.instances[modality]
        if (i.label, i.variant) == (label, variant)
    ]


def crossings(script, label, pairs):
    """Intervals in which a class is audible and visible, for given variants."""
    return sorted(
        (max(a[0], v[0]), min(a[1], v[1]))
        for heard, seen in pairs
        for a in spans(script, "audio", label, heard)
        for v in spans(script, "visual", label, seen)
        if min(a[1], v[1]) - max(a[0], v[0]) > 1e-9
    )


def test_annotated_is_exactly_what_is_both_heard_and_seen_of_one_source():
    decoys = 0
    for _, script in SCRIPTS:
        for label in range(WORLD.num_classes):
            both = crossings(script, label, [(0, 0), (1, 1)])
            decoys += len(crossings(script, label, [(0, 1), (1, 0)]))
            annotated = script.events.segments[script.events.labels == label]
            assert len(both) == len(annotated)
            if both:
                np.testing.assert_allclose(both, sorted(annotated.tolist()))
    assert decoys > 30


def test_sound_and_sight_of_an_event_differ_where_there_is_room_and_much_is_not_annotated():
    outlasting = events = within = unannotated = 0
    for _, script in SCRIPTS:
        seen = {i.source: i for i in script.instances["visual"]}
        heard = {i.source: i for i in script.instances["audio"]}
        both = {s for s in seen.keys() & heard.keys() if seen[s].variant == heard[s].variant}
        assert both == set(range(len(script.events)))
        unannotated += len((seen.keys() | heard.keys()) - both)
        events += len(both)
        for source in both:
            start, end = script.events.segments[source]
            within += start > 0 or end < script.duration
            outlasting += (seen[source].start, seen[source].end) != (
                heard[source].start,
                heard[source].end,
            )
    assert outlasting > 0.9 * within
    assert 0.8 * events < unannotated < 3 * events


def test_a_class_is_there_alone_at_least_a_gap_from_its_events():
    gap, found = 2.0 / WORLD.pace, 0
    for _, script in SCRIPTS:
        events = range(len(script.events))
        for instances in script.instances.values():
            for one in (i for i in instances if i.source not in events):
                for (start, end), label in zip(
                    script.events.segments, script.events.labels, strict=True
                ):
                    if label == one.label:
                        distance = max(start - one.end, one.start - end)
                        # A decoy's sound or sight is at most half the gap longer than the other.
                        assert distance > gap / 2 - 2e-3
                        found += distance > 2 * gap
    assert found > 100


def test_videos_have_few_classes_and_each_has_events():
    numbers = []
    for _, script in SCRIPTS:
        every = {i.label for group in script.instances.values() for i in group}
        assert 1 <= len(every) <= 3
        assert len(script.events) > 0
        assert (np.diff(script.events.segments[:, 0]) >= 0).all()
        assert 8.0 <= script.duration <= 18.0
        assert (script.events.segments >= 0).all()
        assert (script.events.segments <= script.duration).all()
        numbers.append(len(every))
    assert set(numbers) == {1, 2, 3}


def test_events_of_more_classes_than_a_video_would_have_are_kept():
    given = Events(np.array([[0.0, 5.0]] * 4), np.arange(4))
    script = WORLD.script_of((5,), 10.0, given)
    assert np.array_equal(script.events.segments, given.segments)
    assert {i.label for i in script.instances["audio"]} == {0, 1, 2, 3}


def test_classes_overlap_and_one_class_does_not():
    crossing = 0
    for _, script in SCRIPTS:
        for i, (a, b) in enumerate(script.events.segments):
            for j, (c, d) in enumerate(script.events.segments[:i]):
                if min(b, d) > max(a, c):
                    assert script.events.labels[i] != script.events.labels[j]
                    crossing += 1
    assert crossing > 10


def test_features_show_an_instance_where_it_is():
    key, script = next((k, s) for k, s in SCRIPTS if len(s.events))
    quiet = dataclasses.replace(
        WORLD, background=0.0, variation=0.0, loudness=1.0, signal=2000.0, variant_signal=1000.0
    )
    for modality in ("visual", "audio"):
        values = quiet.features(key, script, modality, 24, GRID)
        assert values.shape == (GRID.num_steps(script.duration), 24)
        axes = np.vstack([quiet.prototypes(modality, 24), quiet.variant_axes(modality, 24)])
        shown = values @ np.linalg.pinv(axes) / 1000.0
        instances = script.instances[modality]
        wanted = np.zeros_like(shown)
        for column, one in zip(activity(instances, len(values), GRID).T, instances, strict=True):
            wanted[:, one.label] += 2 * column
            wanted[:, WORLD.num_classes + one.label] += column * (1 - 2 * one.variant)
        np.testing.assert_allclose(shown, wanted, atol=0.05)


def test_activity_is_the_share_of_a_features_frames():
    # Features cover 0..1, 0.25..1.25, 0.5..1.5, 0.75..1.75 s.
    shown = activity([Instance(0.5, 1.25, 0, 0, 0)], 4, GRID)
    assert shown[:, 0].tolist() == [0.5, 0.75, 0.75, 0.5]


def test_steps_follow_from_duration_and_grid():
    assert GRID.num_steps(10.0) == 37
    assert GRID.num_steps(0.3) == 1
    assert FEATURE_KINDS["i3d-vggish"].grid.num_steps(60.0) == 185


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("num_classes", 2.5),
        ("num_classes", True),
        ("durations", 5),
        ("durations", (1.0, 2.0, 3.0)),
        ("durations", (8.0, float("inf"))),
        ("durations", (9.0, 4.0)),
        ("alone", (1,)),
        ("alone", (1.5, 3)),
        ("pace", 0.0),
        ("signal", -1.0),
        ("signal", "loud"),
        ("signal", float("nan")),
        ("signal", float("inf")),
        ("variant_signal", -1.0),
    ],
)
def test_settings_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(InputError, match=f"synthetic world: {name}=.* is out of range"):
        SyntheticWorld(**{name: value})
