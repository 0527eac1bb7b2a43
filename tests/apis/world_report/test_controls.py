"""Detectors that know the world."""

import numpy as np
import pytest

from loco_mm.apis.world_report import CONTROLS, exact_controls, made_videos, markov_controls
from loco_mm.apis.world_report.controls import _smooth
from loco_mm.structures import Events
from loco_mm.worlds.synthetic import Instance, Script, make_plan

SETTINGS = dict(num_classes=6, durations=[10.0, 20.0], pace=2.0)


def script(seen, heard, events):
    segments = np.array([event[:2] for event in events], float).reshape(-1, 2)
    labels = np.array([event[2] for event in events], np.int64)
    return Script(20.0, Events(segments, labels), dict(visual=seen, audio=heard))


def test_exact_detectors_find_what_they_can():
    event = [(2, 8, 0)]
    seen = [Instance(2, 8, 0, 1, 0), Instance(12, 16, 0, 1, 1)]
    # The second source is a decoy, whose sound and sight have different variants.
    heard = [Instance(2, 8, 0, 1, 0), Instance(12, 16, 0, 0, 1), Instance(17, 19, 0, 0, 2)]
    found = exact_controls([("v", script(seen, heard, event))])
    assert list(found) == list(CONTROLS)
    assert found["both, compared"] == 1
    # Of equal scores the earlier counts as better: the precision at the only event is 1.
    assert found["sound only"] == found["both, not compared"] == 1
    late = exact_controls([("v", script(seen[::-1], heard[::-1], event))])
    assert late["sound only"] == pytest.approx(1 / 3)
    assert late["sight only"] == late["both, not compared"] == 1 / 2
    assert late["both, compared"] == 1


def test_comparing_modalities_is_worth_much():
    plan = make_plan(SETTINGS, dict(num_videos=[0, 0, 120]))
    videos = list(made_videos(plan, "test"))
    exact = exact_controls((video.video_id, video.script) for video in videos)
    assert max(exact["sound only"], exact["sight only"]) < 0.65
    assert 0.65 < exact["both, not compared"] < 0.85
    assert exact["both, compared"] == pytest.approx(1)
    markov = markov_controls(plan.world, videos)
    assert max(markov["sound only"], markov["sight only"]) < markov["both, not compared"] + 0.02
    assert markov["both, not compared"] + 0.1 < markov["both, compared"] < 0.9


def test_without_noise_to_speak_of_a_detector_of_features_is_nearly_exact():
    plan = make_plan(
        SETTINGS | dict(signal=60.0, variant_signal=60.0, variation=0.0, loudness=1.0, pace=0.5),
        dict(num_videos=[0, 0, 60]),
    )
    videos = list(made_videos(plan, "test"))
    markov = markov_controls(plan.world, videos)
    assert markov["both, compared"] > 0.85
    exact = exact_controls((video.video_id, video.script) for video in videos)
    assert markov["sound only"] == pytest.approx(exact["sound only"], abs=0.15)


def test_smoothing_is_the_sum_over_all_ways_through_the_states():
    rng = np.random.default_rng(0)
    likelihood = rng.normal(size=(4, 2, 3))
    shares, stay = np.array([0.5, 0.3, 0.2]), 0.7
    moves = stay * np.eye(3) + (1 - stay) * shares
    for column in range(2):
        wanted = np.zeros((4, 3))
        for way in np.ndindex(3, 3, 3, 3):
            weight = shares[way[0]] * np.exp(
                sum(likelihood[t, column, s] for t, s in enumerate(way))
            )
            weight *= np.prod([moves[a, b] for a, b in zip(way, way[1:], strict=False)])
            for t, state in enumerate(way):
                wanted[t, state] += weight
        wanted /= wanted.sum(1, keepdims=True)
        np.testing.assert_allclose(_smooth(likelihood, shares, stay)[:, column], wanted)
