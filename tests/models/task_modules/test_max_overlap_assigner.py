"""Assignment by maximum overlap, compared to loops."""

import pytest
import torch

from loco_mm.models.task_modules import MaxOverlapAssigner


def overlap(segment, event):
    """IoU of a segment that is one step longer than the difference of its ends."""
    (a, b), (c, d) = segment, event
    shared = max(min(b, d) - max(a, c), 0)
    return shared / (b - a + 1 + d - c - shared)


def by_hand(segments, valid, events, least):
    found = []
    table = [
        [overlap(s, e) if v else 0 for e in events] for s, v in zip(segments, valid, strict=True)
    ]
    for row in table:
        best = max(row)
        event = row.index(best)
        most = any(
            value == max(other[number] for other in table) and value > 0
            for number, value in enumerate(row)
        )
        found.append(event if best > 0 and (best >= least or most) else -1)
    return found


@pytest.mark.parametrize("least", [0.0, 0.3, 0.7])
def test_by_brute_force(least):
    generator = torch.Generator().manual_seed(0)
    segments = (torch.rand(3, 20, 2, generator=generator) * 30).sort(-1).values
    mask = torch.rand(3, 20, generator=generator) < 0.8
    events = (torch.rand(3, 4, 2, generator=generator) * 30).sort(-1).values
    labels = torch.tensor([[1, 0, 2, 2], [0, -1, -1, -1], [3, 3, -1, -1]])
    found = MaxOverlapAssigner(least).assign(segments, mask, events, labels)
    for row, count in enumerate((4, 1, 2)):
        given = (x[row].tolist() for x in (segments, mask))
        assert found[row].tolist() == by_hand(*given, events[row, :count].tolist(), least)


def test_each_event_has_its_best_segment():
    segments, mask = torch.tensor([[[0.0, 3.0], [4.0, 7.0]]]), torch.ones(1, 2, dtype=torch.bool)
    assigner = MaxOverlapAssigner(0.9)
    for events, wanted in (
        ([[0.0, 1.0]], [0, -1]),
        # Both overlap it equally.
        ([[2.0, 5.0]], [0, 0]),
        # Nothing overlaps it.
        ([[20.0, 21.0]], [-1, -1]),
        # The best one of an event, which overlaps another event more, is assigned the latter.
        ([[0.0, 3.5], [0.0, 1.0]], [0, -1]),
    ):
        labels = torch.zeros(1, len(events), dtype=torch.long)
        found = assigner.assign(segments, mask, torch.tensor([events]), labels)
        assert found[0].tolist() == wanted


def test_without_events_there_is_nothing_to_answer_for():
    segments, mask = torch.rand(2, 5, 2), torch.ones(2, 5, dtype=torch.bool)
    none = torch.zeros(2, 0, dtype=torch.long)
    found = MaxOverlapAssigner().assign(segments, mask, torch.zeros(2, 0, 2), none)
    assert found.dtype == torch.long and (found == -1).all()
