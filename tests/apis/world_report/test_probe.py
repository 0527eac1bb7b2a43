"""Linear probes on a few steps."""

from statistics import NormalDist

import numpy as np
import pytest

from loco_mm.apis.world_report import MadeVideo, made_videos, probe_curve
from loco_mm.apis.world_report.probe import find_stretches, fit_discriminant
from loco_mm.structures import Events, TemporalGrid
from loco_mm.worlds.synthetic import Instance, Script, make_plan

# One step per second, which covers one second.
GRID = TemporalGrid(1, 1, 1)
SETTINGS = dict(num_classes=3, durations=[20.0, 30.0], pace=2.0)


def test_stretches_have_one_thing_in_them_all_the_time():
    heard = [Instance(1, 5, 0, 0, 0), Instance(4, 9, 2, 1, 1)]
    script = Script(10.0, Events(np.zeros((0, 2)), np.zeros(0, np.int64)), {"audio": heard})
    video = MadeVideo("v", script, {"audio": np.arange(10.0)[:, None]}, GRID, "test")
    found = find_stretches([video], "audio", 1)
    assert found.places == [("v", t) for t in (1, 2, 3, 5, 6, 7, 8)]
    assert found.labels.tolist() == [0, 0, 0, 2, 2, 2, 2]
    assert found.variants.tolist() == [0, 0, 0, 1, 1, 1, 1]
    pairs = find_stretches([video], "audio", 2)
    assert pairs.places == [("v", 2), ("v", 6)]
    assert pairs.features.tolist() == [[2.5], [6.5]]


def test_a_discriminant_is_that_of_equal_covariances():
    rng = np.random.default_rng(0)
    spread = np.array([[3.0, 0.0], [2.5, 0.5]])
    centres = np.array([[0.0, 0.0], [2.0, 0.0]])
    labels = np.repeat([4, 9], 2000)
    features = centres[(labels == 9).astype(int)] + rng.normal(size=(4000, 2)) @ spread.T
    predicted = fit_discriminant(features, labels)(features)
    # It is wrong if a normal variable exceeds half the Mahalanobis distance of the centres.
    distance = 2 * np.sqrt(np.linalg.inv(spread @ spread.T)[0, 0])
    assert (predicted == labels).mean() == pytest.approx(NormalDist().cdf(distance / 2), abs=0.01)
    assert set(predicted) == {4, 9}


def test_more_steps_tell_more():
    plan = make_plan(SETTINGS | dict(signal=1.0, variant_signal=1.0), dict(num_videos=[60, 0, 60]))
    curve = probe_curve(list(made_videos(plan, "train")), list(made_videos(plan, "test")), (1, 16))
    assert len(curve) == 5
    for what, (one, many) in curve.items():
        assert one < many - 0.05, what


def test_a_strong_signal_is_reported_by_one_step():
    plan = make_plan(SETTINGS | dict(signal=9.0, variant_signal=9.0), dict(num_videos=[60, 0, 20]))
    curve = probe_curve(list(made_videos(plan, "train")), list(made_videos(plan, "test")), (1,))
    assert min(share for (share,) in curve.values()) > 0.99
