"""Matching of queries and events, compared to all permutations."""

from itertools import permutations

import pytest
import torch

from loco_mm.models.task_modules import HungarianAssigner

LAYERS, VIDEOS, QUERIES, CLASSES = 2, 3, 4, 5
COUNTS = (3, 0, 2)


def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(LAYERS, VIDEOS, QUERIES, CLASSES, generator=generator)
    segments = torch.rand(LAYERS, VIDEOS, QUERIES, 2, generator=generator)
    events = torch.rand(VIDEOS, max(COUNTS), 2, generator=generator)
    labels = torch.tensor([[4, 0, 4], [-1, -1, -1], [2, 2, -1]])
    return logits, segments, events, labels


def cost_by_hand(score, found, event):
    """The cost of the paper, with the published weights."""
    of_class = 0.25 * (1 - score) ** 2 * -(score + 1e-8).log()
    of_class = of_class - 0.75 * score**2 * -(1 - score + 1e-8).log()
    (c, w), (d, v) = found, event
    shared = max(min(c + w / 2, d + v / 2) - max(c - w / 2, d - v / 2), 0)
    return 6 * of_class + 5 * (abs(c - d) + abs(w - v)) - 2 * shared / (w + v - shared)


def test_the_sum_of_costs_is_the_least():
    logits, segments, events, labels = batch()
    pairs = HungarianAssigner().assign(logits, segments, events, labels)
    assert len(pairs.query) == LAYERS * sum(COUNTS)
    for layer in range(LAYERS):
        for video, count in enumerate(COUNTS):
            table = torch.tensor(
                [
                    [
                        cost_by_hand(
                            logits[layer, video, query, labels[video, event]].sigmoid(),
                            segments[layer, video, query].tolist(),
                            events[video, event].tolist(),
                        )
                        for event in range(count)
                    ]
                    for query in range(QUERIES)
                ]
            )
            own = (pairs.layer == layer) & (pairs.sample == video)
            assert sorted(pairs.event[own].tolist()) == list(range(count))
            least = min(
                sum(table[query, event] for event, query in enumerate(chosen))
                for chosen in permutations(range(QUERIES), count)
            )
            if count:
                found = table[pairs.query[own], pairs.event[own]].sum()
                assert found.item() == pytest.approx(least.item(), abs=1e-5)


def test_of_more_events_than_queries_some_are_left():
    logits, segments = torch.zeros(1, 1, 2, 1), torch.tensor([[[[0.2, 0.1], [0.7, 0.2]]]])
    events = torch.tensor([[[0.7, 0.2], [0.5, 0.9], [0.2, 0.1]]])
    pairs = HungarianAssigner().assign(logits, segments, events, torch.zeros(1, 3, dtype=int))
    found = zip(pairs.query.tolist(), pairs.event.tolist(), strict=True)
    assert sorted(found) == [(0, 2), (1, 0)]


def test_scores_that_are_no_numbers_pass():
    """The hook for non-finite losses reports them with their videos."""
    logits, segments, events, labels = batch()
    pairs = HungarianAssigner().assign(logits * torch.nan, segments, events, labels)
    assert len(pairs.query) == LAYERS * sum(COUNTS)
