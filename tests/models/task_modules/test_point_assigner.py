"""Points and their targets."""

import resource

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.models.task_modules import (
    DistanceCoder,
    PointAssigner,
    PyramidPointGenerator,
    point_assigner,
)
from loco_mm.structures import pyramid_points

from ...comparing import positives

RANGES = [(0, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, float("inf"))]
STRIDES = [1, 2, 4, 8, 16, 32]
LENGTHS = [256, 128, 64, 32, 16, 8]


def assign(points, segments, labels, num_classes, mask=None):
    mask = torch.ones(1, len(points.position), dtype=torch.bool) if mask is None else mask
    return PointAssigner().assign(points, mask, segments[None], labels[None], num_classes)


def offsets(points, targets):
    """(M, 2) of positives, in strides."""
    position, stride = points.position[targets.point], points.stride[targets.point]
    return DistanceCoder().encode(position, stride, targets.segments)


def test_targets_equal_the_golden_ones_exactly(shared):
    golden = np.load(shared / "golden" / "assignment.npz")
    points = pyramid_points(LENGTHS, STRIDES, RANGES)
    videos = sorted({key.split("_")[0] for key in golden.files if key[0].isdigit()}, key=int)
    assert len(videos) == 40
    for video in videos:
        segments = torch.from_numpy(golden[f"{video}_segments_grid"])
        labels = torch.from_numpy(golden[f"{video}_labels"])
        entries = assign(points, segments, labels, 100)
        targets = positives(entries)
        pairs = np.stack([targets.point.numpy(), targets.label.numpy()], 1)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        wanted = golden[f"{video}_pos_point_class"]
        wanted_order = np.lexsort((wanted[:, 1], wanted[:, 0]))
        assert np.array_equal(pairs[order], wanted[wanted_order]), video
        assert np.array_equal(
            offsets(points, targets).numpy()[order], golden[f"{video}_pos_offsets"][wanted_order]
        ), video
        assert entries.classes.sum() == len(pairs)
        assert torch.all(entries.classes[0, targets.point, targets.label] == 1)


def loop_positives(points, mask, segments, labels, winner="class", radius=None):
    """(point, label, segment) of the positives, point by point and event by event."""
    found = []
    for p in range(len(points.position)):
        position, stride = float(points.position[p]), float(points.stride[p])
        fitting = []
        for (start, end), label in zip(segments.tolist(), labels.tolist(), strict=True):
            reach = max(position - start, end - position)
            near = radius is None or abs(position - (start + end) / 2) < radius * stride
            in_range = float(points.reg_min[p]) <= reach <= float(points.reg_max[p])
            if mask[p] and start < position < end and near and in_range:
                fitting.append((p, label, (start, end)))
        for row in fitting:
            rivals = [r for r in fitting if winner == "point" or r[1] == row[1]]
            # Of equally long ones the earlier: min returns the first.
            best = min(rivals, key=lambda r: r[2][1] - r[2][0])
            if winner == "all" or row is best:
                found.append(row)
    return found


def test_targets_equal_a_loop_over_points_and_events():
    generator = torch.Generator().manual_seed(0)
    points = pyramid_points([32, 16, 8], [1, 2, 4], [(0, 4), (4, 8), (8, float("inf"))])
    for case in range(20):
        start = torch.rand(6, generator=generator) * 28 - 2
        segments = torch.stack([start, start + torch.rand(6, generator=generator) * 20], 1)
        labels = torch.randint(0, 3, (6,), generator=generator)
        mask = torch.arange(56) % 7 != case % 7
        targets = positives(assign(points, segments, labels, 3, mask[None]))
        pairs = zip(targets.point.tolist(), targets.label.tolist(), strict=True)
        found = dict(zip(pairs, offsets(points, targets).tolist(), strict=True))
        wanted = loop_positives(points, mask, segments, labels)
        assert found.keys() == {(p, label) for p, label, _ in wanted}
        for p, label, (start, end) in wanted:
            position, stride = float(points.position[p]), float(points.stride[p])
            distances = ((position - start) / stride, (end - position) / stride)
            assert found[p, label] == pytest.approx(distances, abs=1e-5)


@pytest.mark.parametrize("winner", ["class", "point", "point_classes", "all"])
@pytest.mark.parametrize("radius", [None, 0.4, 1.5])
def test_centre_sampling_and_winners_equal_a_loop(winner, radius):
    generator = torch.Generator().manual_seed(1)
    points = pyramid_points([32, 16, 8], [1, 2, 4], [(0, 4), (4, 8), (8, float("inf"))])
    mask = torch.ones(1, 56, dtype=torch.bool)
    assigner = PointAssigner(center_radius=radius, winner=winner)
    count = shared = 0
    for _ in range(20):
        # Multiples of 1/8 are exact, so that some are equally long.
        start = (torch.rand(6, generator=generator) * 28 * 8).round() / 8 - 2
        length = (torch.rand(6, generator=generator) * 5).round() * 4 + 0.25
        segments = torch.stack([start, start + length], 1)
        labels = torch.randint(0, 3, (6,), generator=generator)
        entries = assigner.assign(points, mask, segments[None], labels[None], 3)
        targets = positives(entries)
        rows = (targets.point.tolist(), targets.label.tolist(), targets.segments.tolist())
        found = [(p, label, tuple(ends)) for p, label, ends in zip(*rows, strict=True)]
        one = "point" if winner == "point_classes" else winner
        wanted = loop_positives(points, mask[0], segments, labels, one, radius)
        hot = {tuple(pair) for pair in entries.classes[0].nonzero().tolist()}
        expected = {(p, label) for p, label, _ in wanted}
        if one == "point":
            best = {p: end - start for p, _, (start, end) in wanted}
            every = loop_positives(points, mask[0], segments, labels, "all", radius)
            expected |= {(p, n) for p, n, (start, end) in every if end - start <= best[p] + 1e-3}
            shared += len(expected) - len(wanted)
        assert hot == expected
        if winner == "class":
            wanted.sort()
        if winner == "point_classes":
            ends = {p: segment for p, _, segment in wanted}
            wanted = [(p, n, ends[p]) for p, n in sorted(expected)]
        assert found == wanted
        count += len(wanted)
    assert count > 50 and (shared > 0) == (one == "point")


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_events_that_are_taken_some_at_a_time_give_the_same(monkeypatch, at_once):
    generator = torch.Generator().manual_seed(0)
    points = pyramid_points([32, 16], [1, 2], [(0, 8), (8, float("inf"))])
    start = torch.rand(3, 12, generator=generator) * 28
    length = (torch.rand(3, 12, generator=generator) * 5).round() * 4  # many equally long
    segments = torch.stack([start, start + length], -1)
    labels = torch.randint(-1, 3, (3, 12), generator=generator)
    mask = torch.ones(3, 48, dtype=torch.bool)
    whole = PointAssigner().assign(points, mask, segments, labels, 3)
    monkeypatch.setattr(point_assigner, "EVENTS_AT_ONCE", at_once)
    parts = PointAssigner().assign(points, mask, segments, labels, 3)
    for one, other in zip(whole[:4], parts[:4], strict=True):
        assert torch.equal(one, other)
    assert whole.positive.sum() > 50


def test_a_hundred_thousand_events_of_a_video_fit_in_memory():
    generator = torch.Generator().manual_seed(0)
    points = pyramid_points(LENGTHS, STRIDES, RANGES)
    start = torch.rand(2, 100_000, generator=generator) * 250
    segments = torch.stack([start, start + 0.1 + torch.rand(2, 100_000, generator=generator)], -1)
    labels = torch.randint(0, 3, (2, 100_000), generator=generator)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mask = torch.ones(2, len(points.position), dtype=torch.bool)
    targets = PointAssigner().assign(points, mask, segments, labels, 3)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # In KiB. All pairs of events would need 40 GB, all pairs of points and events 0.8 GB.
    assert grown < 300_000
    # Nearly everywhere is an event of each class, the shortest with about 0.1 steps.
    assert targets.classes[:, 1:249].mean() > 0.99
    assert 0.1 < offsets(points, positives(targets)).sum(1).median() < 0.2


def test_shorter_event_of_the_same_class_wins_and_other_classes_stay():
    points = pyramid_points([16], [1], [(0, float("inf"))])
    segments = torch.tensor([[0.5, 12.5], [3.5, 8.5], [2.5, 10.5]])
    targets = positives(assign(points, segments, torch.tensor([0, 0, 1]), 2))
    at_five = targets.point == 5
    assert targets.label[at_five].tolist() == [0, 1]
    assert offsets(points, targets)[at_five].tolist() == [[1.5, 3.5], [2.5, 5.5]]
    at_two = targets.point == 2
    assert offsets(points, targets)[at_two].tolist() == [[1.5, 10.5]]


def test_the_end_of_an_event_is_not_inside_it():
    points = pyramid_points([8], [1], [(0, float("inf"))])
    targets = positives(assign(points, torch.tensor([[2.0, 4.0]]), torch.tensor([0]), 1))
    assert targets.point.tolist() == [3]


def test_batch_equals_each_video_alone_and_padding_is_ignored():
    points = pyramid_points([16, 8], [1, 2], [(0, 4), (4, float("inf"))])
    segments = torch.tensor([[[1.2, 4.0], [2.0, 13.0]], [[0.0, 9.0], [0.0, 0.0]]])
    labels = torch.tensor([[1, 0], [1, -1]])
    mask = torch.ones(2, 24, dtype=torch.bool)
    both = PointAssigner().assign(points, mask, segments, labels, 2)
    for index, count in enumerate((2, 1)):
        alone = assign(points, segments[index, :count], labels[index, :count], 2)
        for one, other in zip(both[:4], alone[:4], strict=True):
            assert torch.equal(one[index], other[0])


@pytest.mark.parametrize("winner", ["class", "point", "point_classes", "all"])
def test_entries_that_are_no_positives_have_a_segment_around_their_point(winner):
    points = pyramid_points([8, 4], [1, 2], [(0, 4), (4, float("inf"))])
    mask, labels = torch.ones(1, 12, dtype=torch.bool), torch.tensor([[0, 1]])
    segments = torch.tensor([[[1.5, 4.5], [0.5, 1.5]]])
    targets = PointAssigner(winner=winner).assign(points, mask, segments, labels, 3)
    encoded = DistanceCoder().encode(
        points.position[:, None], points.stride[:, None], targets.segments
    )
    assert torch.all(encoded[~targets.positive] == 1)
    assert torch.all(encoded > 0) and 0 < targets.positive.sum() < targets.positive.numel()


def test_no_event_gives_no_positive():
    points = pyramid_points([8], [1], [(0, float("inf"))])
    targets = assign(points, torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), 3)
    assert targets.positive.shape == (1, 8, 3)
    assert not targets.positive.any()
    assert targets.classes.shape == (1, 8, 3)
    assert targets.classes.sum() == 0


def test_points_are_multiples_of_their_stride():
    generator = PyramidPointGenerator(len(RANGES), RANGES)
    points = generator(LENGTHS, STRIDES, torch.device("cpu"))
    assert len(points.position) == 504
    assert points.position[256:260].tolist() == [0, 2, 4, 6]
    assert points.position[-1] == 224
    assert points.reg_max[-1] == float("inf")
    assert generator(LENGTHS, STRIDES, torch.device("cpu")) is points


@pytest.mark.parametrize(
    "ranges", [[(1, 4)], [(0, 4), (5, 8)], [(0, 4), (4, 4)], [(0, 8), (4, 16)]]
)
def test_ranges_with_gaps_or_overlaps_are_refused(ranges):
    with pytest.raises(InputError, match="regression_ranges"):
        PyramidPointGenerator(len(ranges), ranges)


@pytest.mark.parametrize("levels", [1, 2, 6])
def test_ranges_double_by_default(levels):
    wanted = [(0, 4), (4, 8), (8, 16), (16, 32), (32, 64)][: levels - 1]
    last = (wanted[-1][1] if wanted else 0, float("inf"))
    assert PyramidPointGenerator(levels).regression_ranges == [*wanted, last]


def test_ranges_that_do_not_fit_the_levels_are_refused():
    message = (
        r"regression_ranges: expected one range for each of the 5 levels of model.pyramid, "
        r"got 6"
    )
    with pytest.raises(InputError, match=message):
        PyramidPointGenerator(5, RANGES)
