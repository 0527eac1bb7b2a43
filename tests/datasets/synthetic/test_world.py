"""The synthetic world: what it holds."""

import dataclasses

import numpy as np
import pytest

from loco_mm.datasets.synthetic.world import (
    MODALITIES,
    Instance,
    SyntheticWorld,
    activity,
)
from loco_mm.errors import InputError
from loco_mm.structures import FEATURE_KINDS, TemporalGrid

GRID = TemporalGrid(16, 16, 4)
WORLD = SyntheticWorld(num_classes=4, durations=(4.0, 9.0))
SCRIPTS = [((0, i), WORLD.script((0, i))) for i in range(120)]


def spans(script, modality, label, variant):
    return [
        (i.start, i.end)
        for i in script.instances[modality]
        if (i.label, i.variant) == (label, variant)
    ]


def crossings(script, label, pairs):
    """Spans in which a class is heard and seen, of given variants."""
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


def test_events_differ_between_modalities_and_distractors_abound():
    outlasting = distractors = events = 0
    for _, script in SCRIPTS:
        events += len(script.events.labels)
        seen = {i.source: i for i in script.instances["visual"]}
        heard = {i.source: i for i in script.instances["audio"]}
        both = {s for s in seen.keys() & heard.keys() if seen[s].variant == heard[s].variant}
        assert both == set(range(len(script.events.labels)))
        distractors += len((seen.keys() | heard.keys()) - both)
        outlasting += sum(
            (seen[s].start, seen[s].end) != (heard[s].start, heard[s].end) for s in both
        )
    assert outlasting > 0.95 * events
    assert 0.6 * events < distractors < 3 * events


def test_durations_are_log_uniform_and_events_lie_in_the_video():
    lengths = []
    for _, script in SCRIPTS:
        assert 4.0 <= script.duration <= 9.0
        assert (script.events.segments >= 0).all()
        assert (script.events.segments <= script.duration).all()
        lengths += (script.events.segments[:, 1] - script.events.segments[:, 0]).tolist()
    assert min(lengths) >= 0.498
    median = np.median(np.log(lengths))
    assert np.log(0.5) + 0.2 * np.log(14) < median < np.log(0.5) + 0.6 * np.log(14)


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
    quiet = dataclasses.replace(WORLD, background=0.0, variation=0.0, loudness=1.0, signal=1000.0)
    for modality in ("visual", "audio"):
        values = quiet.features(key, script, modality, 8, GRID)
        assert values.shape == (GRID.num_steps(script.duration), 8)
        axes = np.vstack([quiet.prototypes(modality, 8), quiet.variant_axis(modality, 8)])
        shown = values @ np.linalg.pinv(axes) / quiet.signal
        instances = script.instances[modality]
        wanted = np.zeros_like(shown)
        for column, one in zip(activity(instances, len(values), GRID).T, instances, strict=True):
            wanted[:, one.label] += column
            wanted[:, -1] += column * (1 - 2 * one.variant)
        np.testing.assert_allclose(shown, wanted, atol=0.05)


def test_activity_is_the_share_of_a_features_frames():
    # Features cover 0..1, 0.25..1.25, 0.5..1.5, 0.75..1.75 s.
    shown = activity([Instance(0.5, 1.25, 0, 0, 0)], 4, GRID)
    assert shown[:, 0].tolist() == [0.5, 0.75, 0.75, 0.5]


def test_steps_follow_from_duration_and_grid():
    assert GRID.num_steps(10.0) == 37
    assert GRID.num_steps(0.3) == 1
    assert FEATURE_KINDS["i3d-vggish"].grid.num_steps(60.0) == 185


def test_prototypes_share_a_latent_and_differ():
    visual, audio = (WORLD.prototypes(m, 32) for m in ("visual", "audio"))
    np.testing.assert_allclose(np.linalg.norm(visual, axis=1), 1)
    assert np.abs(visual @ visual.T - np.eye(4)).max() < 0.9
    assert np.abs(visual - audio).max() > 0.1
    more = dataclasses.replace(WORLD, num_classes=9).prototypes("visual", 32)
    assert np.array_equal(more[:4], visual)


def test_noise_is_correlated_in_time():
    noise = WORLD._noise(np.random.default_rng(0), 4000, 3)
    assert noise.std() == pytest.approx(1, abs=0.1)
    lag = np.corrcoef(noise[1:, 0], noise[:-1, 0])[0, 1]
    assert lag == pytest.approx(WORLD.correlation, abs=0.05)


def shown_of(instances, steps, pick):
    """(T, K) share of each feature's frames in which a picked instance of a class is there."""
    shown = np.zeros((steps, WORLD.num_classes))
    for one in filter(pick, instances):
        column = activity([one], steps, GRID)[:, 0]
        shown[:, one.label] = np.maximum(shown[:, one.label], column)
    return shown


def frames():
    """By frame: features, what is truly there by modality and variant, and whether in an event."""
    features, there = {m: [] for m in MODALITIES}, {m: [] for m in MODALITIES}
    truth = []
    for key, script in SCRIPTS:
        steps = GRID.num_steps(script.duration)
        for modality in MODALITIES:
            values = WORLD.features(key, script, modality, 24, GRID)
            # The background is not what a frame tells.
            features[modality].append(values - values.mean(0))
            instances = script.instances[modality]
            variants = [shown_of(instances, steps, lambda i, v=v: i.variant == v) for v in (0, 1)]
            there[modality].append(np.stack(variants))
        events = [
            Instance(*segment, label, 0, 0)
            for segment, label in zip(
                script.events.segments.tolist(), script.events.labels, strict=True
            )
        ]
        truth.append(shown_of(events, steps, lambda _: True) > 0.5)
    features = {m: np.concatenate(x) for m, x in features.items()}
    there = {m: np.concatenate(x, axis=1) for m, x in there.items()}
    return features, there, np.concatenate(truth), sum(map(len, truth[:60]))


def average_precision(scores, truth):
    order = np.argsort(-scores)
    hits = truth[order]
    return (hits.cumsum() / np.arange(1, len(hits) + 1))[hits].mean()


def probe(features, truth, half):
    """Scores of a linear classifier per frame, fitted on one half and shown on the other."""
    x = np.concatenate([features, np.ones((len(features), 1))], 1)
    weight = np.linalg.solve(
        x[:half].T @ x[:half] + 10 * np.eye(x.shape[1]), x[:half].T @ truth[:half]
    )
    return x @ weight


def mean_precision(scores, truth):
    return np.mean([average_precision(s, t) for s, t in zip(scores.T, truth.T, strict=True)])


def test_neither_modality_nor_their_sum_solves_it_and_comparing_them_does_better():
    features, _, truth, half = frames()
    single = {m: probe(x, truth, half) for m, x in features.items()}
    joint = probe(np.concatenate(list(features.values()), 1), truth, half)
    # Both are there, and of one variant.
    compared = np.minimum(single["visual"], single["audio"])
    agree = np.prod([x @ WORLD.variant_axis(m, 24) for m, x in features.items()], axis=0) > 0
    compared = compared - 0.2 * ~agree[:, None]
    figures = {
        name: mean_precision(scores[half:], truth[half:])
        for name, scores in dict(**single, sum=joint, compared=compared).items()
    }
    rest = max(figures[name] for name in ("visual", "audio", "sum"))
    assert rest < 0.75, figures
    # Linear detectors of a frame are poor: the next test says how much a comparison can give.
    assert figures["compared"] > rest, figures


def test_perfect_detectors_that_compare_nothing_do_not_solve_it():
    _, there, truth, _ = frames()
    heard, seen = there["audio"], there["visual"]
    # The most that is to be had from what is heard and what is seen, each judged on its own.
    apart = mean_precision(np.minimum(heard.max(0), seen.max(0)), truth)
    compared = mean_precision(np.minimum(heard, seen).max(0), truth)
    assert compared > 0.99
    assert apart < 0.85


def test_prototypes_are_shared_and_cannot_be_changed():
    prototypes = WORLD.prototypes("audio", 8)
    assert WORLD.prototypes("audio", 8) is prototypes
    with pytest.raises(ValueError, match="read-only"):
        prototypes[0, 0] = 1.0


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
        ("events", (1,)),
        ("events", (1.5, 3)),
        ("min_event", 0.0),
        ("signal", -1.0),
        ("signal", "loud"),
        ("signal", float("nan")),
        ("signal", float("inf")),
        ("correlation", 1.0),
    ],
)
def test_settings_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(InputError, match=f"synthetic world: {name}=.* is out of range"):
        SyntheticWorld(**{name: value})


def test_a_video_shorter_than_the_least_event_is_filled_by_it():
    world = SyntheticWorld(durations=(0.3, 0.4), min_event=0.5, events=(1, 1))
    script = world.script((0, 0))
    np.testing.assert_allclose(script.events.segments, [[0, script.duration]])
