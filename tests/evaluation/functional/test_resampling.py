"""Paired comparison over seeds and videos."""

import numpy as np
import pytest

from loco_mm.evaluation.functional import (
    Comparison,
    GroundTruth,
    Predictions,
    compare_paired,
    detection_map,
    draw_counts,
    resampled_map,
)

TIOU = (0.3, 0.5, 0.7)
VIDEOS = ["a", "b", "c", "d", "e"]


def events(rng, per_video, classes=3):
    video = [name for name in VIDEOS for _ in range(per_video)]
    start = rng.integers(0, 6, len(video)).astype(float)
    segments = np.stack([start, start + rng.integers(1, 5, len(video))], 1)
    return video, segments, rng.integers(0, classes, len(video))


def repeated(rows, counts):
    """Rows of the videos, each as often as it is drawn, under other names."""
    picked = [
        (f"{video}{copy}", index)
        for index, video in enumerate(rows.video)
        for copy in range(counts[VIDEOS.index(video)])
    ]
    index = [index for _, index in picked]
    return type(rows)([name for name, _ in picked], *(column[index] for column in rows[1:]))


@pytest.mark.parametrize("seed", range(5))
def test_a_video_that_is_drawn_twice_counts_as_two_videos(seed):
    rng = np.random.default_rng(seed)
    gt = GroundTruth(*events(rng, 2))
    pred = Predictions(*events(rng, 9), rng.permutation(45) / 45)
    counts = draw_counts(len(VIDEOS), 6, seed)
    assert (counts.sum(1) == 5).all()
    found = resampled_map(gt, pred, TIOU, VIDEOS, counts)
    wanted = [
        detection_map(repeated(gt, row), repeated(pred, row), TIOU).average_mAP for row in counts
    ]
    assert found == pytest.approx(wanted, abs=1e-12)
    # Every video once is the whole dataset.
    whole = resampled_map(gt, pred, TIOU, VIDEOS, np.ones((1, 5), int))
    assert whole == pytest.approx(detection_map(gt, pred, TIOU).average_mAP, abs=1e-12)


def test_videos_and_classes_without_predictions_count():
    gt = GroundTruth(["a", "b", "b"], np.array([[0.0, 1], [0, 1], [3, 4]]), np.array([0, 0, 1]))
    pred = Predictions(["a"], np.array([[0.0, 1]]), np.array([0]), np.array([0.9]))
    counts = np.array([[1, 1, 0, 0, 0], [2, 0, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 5, 0, 0]])
    found = resampled_map(gt, pred, TIOU, VIDEOS, counts)
    # Class 0: one of two, all, none; class 1: none, absent, none. No event at all in the last.
    assert found == pytest.approx([0.25, 1.0, 0.0, 0.0])


def test_a_comparison_by_hand():
    first = np.array([[0.5, 0.5, 0.5, 0.5]])
    better = first + [[0.1, 0.2, 0.3, 0.4]]
    found = compare_paired(np.array([0.5]), np.array([0.7]), (first, better))
    # None of four draws is worse: (0 + 1) / (4 + 1), twice.
    assert found == pytest.approx(Comparison(0.2, 0.1075, 0.3925, 0.4))
    mixed = first + [[-0.1, 0.2, 0.3, 0.4]]
    assert compare_paired(first[:, 0], first[:, 0], (first, mixed)).p_value == 0.8
    assert compare_paired(first[:, 0], first[:, 0], (first, first))[1:] == (0.0, 0.0, 1.0)
    # The opposite comparison has the opposite result.
    back = compare_paired(np.array([0.7]), np.array([0.5]), (better, first))
    assert back == pytest.approx(Comparison(-0.2, -0.3925, -0.1075, 0.4))


def test_seeds_are_drawn_as_pairs():
    """Seeds that differ much from each other, but not in their difference, do not matter."""
    levels = np.array([0.1, 0.5, 0.9])
    first = np.repeat(levels[:, None], 2000, 1)
    found = compare_paired(levels, levels + 0.01, (first, first + 0.01))
    assert found == pytest.approx(Comparison(0.01, 0.01, 0.01, 2 / 2001))
    # Two of three seeds are better: all three draws are of the third one in 1 of 27 cases.
    change = np.array([0.01, 0.01, -0.01])
    found = compare_paired(levels, levels + change, (first, first + change[:, None]))
    share = (1 + 3 * 2) / 27  # at least two draws of the third one
    assert found.p_value == pytest.approx(2 * share, abs=0.05)
