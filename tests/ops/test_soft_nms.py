"""Soft-NMS compared to golden cases and a simple loop."""

import math

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.task_modules import SegmentSoftNMS
from loco_mm.ops import soft_nms

CONFIG = dict(sigma=0.4, min_score=0.001, max_num=100)


def test_equals_the_golden_cases(shared):
    golden = np.load(shared / "golden" / "soft_nms.npz")
    cases = sorted({key.split("_")[0] for key in golden.files}, key=int)
    assert len(cases) == 5
    for case in cases:
        inputs = [golden[f"{case}_{name}"] for name in ("segments", "scores", "labels")]
        sigma, min_score, max_num = golden[f"{case}_cfg"]
        found = soft_nms(
            *(torch.from_numpy(x) for x in inputs),
            sigma=float(sigma),
            min_score=float(min_score),
            max_num=int(max_num),
        )
        wanted = [golden[f"{case}_out_{name}"] for name in ("segments", "scores", "labels")]
        assert_equal_up_to_ties([value.numpy() for value in found], wanted)


def assert_equal_up_to_ties(found, wanted):
    """Segments, scores and labels agree; so do ranks, except for scores that differ by rounding."""
    assert [x.shape for x in found] == [x.shape for x in wanted]
    np.testing.assert_allclose(found[1], wanted[1], atol=1e-5, rtol=1e-5)
    # Rows with nearly equal scores are compared in the order of their segments.
    scores = np.asarray(wanted[1], np.float64)
    tie = np.concatenate([[0], np.cumsum(-np.diff(scores) > 1e-6 * scores[1:])]).astype(int)
    rows = [np.column_stack([x[0], x[2]]) for x in (found, wanted)]
    orders = [np.lexsort((*x.T, tie[: len(x)])) for x in rows]
    for column in range(3):
        one, other = (x[order, column] for x, order in zip(rows, orders, strict=True))
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)


def test_ties_of_rounding_may_swap_ranks_and_nothing_else_may():
    segments = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    scores, labels = np.array([0.5 + 1e-9, 0.5, 0.4]), np.array([1, 0, 2])
    swapped, last = [1, 0, 2], [0, 2, 1]
    rows = segments, scores, labels
    assert_equal_up_to_ties((segments[swapped], scores, labels[swapped]), rows)
    with pytest.raises(AssertionError):
        assert_equal_up_to_ties((segments[last], scores, labels[last]), rows)
    with pytest.raises(AssertionError):
        assert_equal_up_to_ties((segments, scores, labels[swapped]), rows)


def overlap(a, b):
    intersection = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    union = (a[1] - a[0]) + (b[1] - b[0]) - intersection
    return intersection / union if union > 0 else 0.0


def slow(segments, scores, labels, *, sigma, min_score, max_num, method, iou_threshold):
    """One class after the other, one candidate after the other."""
    kept = []
    for label in sorted(set(labels)):
        rest = [[s, x] for s, x, k in zip(scores, segments, labels, strict=True) if k == label]
        while rest:
            best = max(range(len(rest)), key=lambda i: rest[i][0])
            score, segment = rest.pop(best)
            if score < min_score:
                break
            kept.append((score, segment, label))
            for other in rest:
                iou = overlap(segment, other[1])
                if method == "gaussian":
                    other[0] *= math.exp(-(iou**2) / sigma)
                elif iou >= iou_threshold:
                    other[0] *= 1 - iou if method == "linear" else 0
    kept.sort(key=lambda row: -row[0])
    return kept[:max_num]


def case(method, seed):
    """Candidates, and settings that all have an effect."""
    generator = torch.Generator().manual_seed(seed)
    start = torch.rand(120, generator=generator) * 20
    segments = torch.stack([start, start + torch.rand(120, generator=generator) * 8], 1)
    segments[:3, 1] = segments[:3, 0]  # empty segments
    scores = torch.rand(120, generator=generator)
    labels = torch.randint(0, (1, 3, 7, 40)[seed], (120,), generator=generator)
    settings = dict(sigma=0.5, min_score=0.05, max_num=(30, 200, 45, 60)[seed])
    return (segments, scores, labels), settings | dict(method=method, iou_threshold=0.4)


def assert_equals_a_loop(found, segments, scores, labels, settings):
    wanted = slow(segments.tolist(), scores.tolist(), labels.tolist(), **settings)
    columns = [np.array([row[index] for row in wanted]) for index in (1, 0, 2)]
    assert_equal_up_to_ties([value.numpy() for value in found], columns)


@pytest.mark.parametrize("method", ["gaussian", "linear", "hard"])
@pytest.mark.parametrize("seed", range(4))
def test_equals_a_plain_loop(method, seed):
    candidates, settings = case(method, seed)
    assert_equals_a_loop(soft_nms(*candidates, **settings), *candidates, settings)


@pytest.mark.parametrize("change", [dict(sigma=0.51), dict(max_num=29)])
def test_the_loop_tells_a_wrong_suppression(change):
    candidates, settings = case("gaussian", 0)
    with pytest.raises(AssertionError):
        assert_equals_a_loop(soft_nms(*candidates, **settings | change), *candidates, settings)


def test_by_hand():
    segments = torch.tensor([[0.0, 4.0], [2.0, 6.0], [0.0, 4.0]])
    scores, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 0, 1])
    found = soft_nms(segments, scores, labels, **CONFIG)
    # IoU 2 / 6 within the class; the third is of another class.
    decayed = 0.8 * math.exp(-((1 / 3) ** 2) / 0.4)
    assert found[1].tolist() == pytest.approx([0.9, 0.7, decayed], rel=1e-5)
    assert found[2].tolist() == [0, 1, 0]


def test_no_candidates():
    found = soft_nms(torch.zeros(0, 2), torch.zeros(0), torch.zeros(0, dtype=torch.long), **CONFIG)
    assert [tuple(x.shape) for x in found] == [(0, 2), (0,), (0,)]


def test_equal_scores_keep_their_order_and_twins_fade():
    segments = torch.tensor([[0.0, 1.0], [5.0, 6.0], [0.0, 1.0]])
    found = soft_nms(segments, torch.full((3,), 0.5), torch.zeros(3, dtype=torch.long), **CONFIG)
    assert found[0].tolist() == [[0.0, 1.0], [5.0, 6.0], [0.0, 1.0]]
    assert found[1].tolist() == pytest.approx([0.5, 0.5, 0.5 * math.exp(-1 / 0.4)])


def test_shuffled_input_gives_the_same_result():
    generator = torch.Generator().manual_seed(0)
    start = torch.rand(200, generator=generator) * 20
    segments = torch.stack([start, start + 1 + torch.rand(200, generator=generator) * 8], 1)
    scores = torch.rand(200, generator=generator)
    labels = torch.randint(0, 5, (200,), generator=generator)
    order = torch.randperm(200, generator=generator)
    one = soft_nms(segments, scores, labels, **CONFIG)
    other = soft_nms(segments[order], scores[order], labels[order], **CONFIG)
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("change", "message"),
    [(dict(method="soft"), "method"), (dict(sigma=0.0), "sigma"), (dict(max_num=0), "max_num")],
)
def test_bad_arguments_are_refused(change, message):
    empty = torch.zeros(0, 2), torch.zeros(0), torch.zeros(0, dtype=torch.long)
    with pytest.raises(ValueError, match=message):
        soft_nms(*empty, **(CONFIG | change))
    with pytest.raises(InputError, match=rf"SegmentSoftNMS\.{message}: expected .*, got .*"):
        SegmentSoftNMS(**change)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        soft_nms(torch.zeros(3, 2), torch.zeros(2), torch.zeros(3), **CONFIG)


def test_as_a_component_it_has_the_published_settings():
    segments = torch.tensor([[0.0, 4.0], [2.0, 6.0]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.tensor([0, 0])
    for a, b in zip(
        SegmentSoftNMS()(segments, scores, labels),
        soft_nms(segments, scores, labels, **CONFIG),
        strict=True,
    ):
        assert torch.equal(a, b)


def test_across_classes_it_is_that_of_one_class_with_the_labels_kept():
    rng = np.random.default_rng(3)
    segments = np.sort(rng.uniform(0, 20, (30, 2)), axis=1)
    labels = torch.from_numpy(rng.integers(0, 4, 30))
    given = torch.from_numpy(segments), torch.from_numpy(rng.uniform(0.1, 1, 30))
    found = soft_nms(*given, labels, **CONFIG, across_classes=True)
    one = soft_nms(*given, torch.zeros_like(labels), **CONFIG)
    assert torch.equal(found[0], one[0]) and torch.equal(found[1], one[1])
    place = [(given[0] == row).all(1).nonzero()[0, 0] for row in found[0]]
    assert torch.equal(found[2], labels[torch.stack(place)])
    assert not torch.equal(found[1], soft_nms(*given, labels, **CONFIG)[1])


@pytest.mark.parametrize("method", ["hard", "linear", "gaussian"])
def test_a_score_of_zero_is_kept_if_the_minimum_is_zero(method):
    segments = torch.tensor([[0.0, 4.0], [0.0, 4.0], [8.0, 9.0], [0.0, 4.0]])
    scores = torch.tensor([0.5, 0.75, 0.25, 0.1])
    settings = dict(sigma=1e-4, method=method, min_score=0, max_num=10)
    found = soft_nms(segments, scores, torch.zeros(4, dtype=torch.long), **settings)
    assert found[1].tolist() == [0.75, 0.25, 0, 0]
    assert found[0].tolist() == segments[[1, 2, 0, 3]].tolist()
