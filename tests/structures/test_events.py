"""Events: conversion to MMEngine's instances, to rows, and to tables of many videos."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from loco_mm.structures import Event, Events, GroundTruth, Predictions

GT = Events(np.array([[0.0, 1.5], [2.0, 4.0]], np.float32), np.array([3, 1]))
PRED = Events(np.array([[0.5, 1.0]]), np.array([2]), np.array([0.25]))


def test_rows():
    assert list(GT) == [Event(0.0, 1.5, 3), Event(2.0, 4.0, 1)]
    assert list(PRED) == [Event(0.5, 1.0, 2, 0.25)]
    assert (len(GT), len(PRED), len(Events.none())) == (2, 1, 0)


def test_rescaled_scores_are_sorted_again():
    events = Events(np.array([[0.0, 1], [1, 2], [2, 3]]), np.arange(3), np.array([0.8, 0.6, 0.5]))
    found = events.rescaled(np.array([0.5, 1, 1]))
    assert list(found) == [Event(1, 2, 1, 0.6), Event(2, 3, 2, 0.5), Event(0, 1, 0, 0.4)]


def test_to_the_toolbox_and_back():
    instances = GT.to_instances()
    assert instances.segments.dtype == torch.float32
    assert instances.labels.tolist() == [3, 1]
    assert "scores" not in instances
    assert list(Events.from_instances(instances)) == list(GT)
    assert list(Events.from_instances(PRED.to_instances())) == list(PRED)
    # torch does not support negative strides.
    backwards = replace(PRED, segments=PRED.segments[::-1], labels=PRED.labels[::-1])
    assert backwards.to_instances().segments.tolist() == PRED.segments[::-1].tolist()
    # MMEngine's evaluator passes instances as dicts.
    assert list(Events.from_instances(dict(PRED.to_instances().items()))) == list(PRED)


def test_lists_are_instances_too():
    found = Events.from_instances(dict(segments=[[0.0, 1.5]], labels=[3], scores=[0.5]))
    assert list(found) == [Event(0.0, 1.5, 3, 0.5)]


def test_taking_by_mask_and_by_index():
    assert list(GT.take(np.array([False, True]))) == [Event(2.0, 4.0, 1)]
    assert list(GT.take(np.array([1, 0]))) == list(GT)[::-1]
    assert list(PRED.take(PRED.scores > 0.3)) == []


def test_tables_have_a_row_an_event():
    videos = {"a": GT, "b": Events.none(), "c": GT}
    table = GroundTruth.of(videos)
    assert table.video == ["a", "a", "c", "c"]
    assert table.segments.tolist() == [[0.0, 1.5], [2.0, 4.0]] * 2
    assert table.labels.tolist() == [3, 1] * 2
    found = Predictions.of({"a": PRED, "b": Events.none()})
    assert (found.video, found.labels.tolist(), found.scores.tolist()) == (["a"], [2], [0.25])
    empty = Predictions.of({})
    assert (empty.video, empty.segments.shape, empty.scores.shape) == ([], (0, 2), (0,))


def test_a_table_of_predictions_needs_scores():
    with pytest.raises(ValueError, match="the events of 'b' have no scores"):
        Predictions.of({"a": PRED, "b": GT})


@pytest.mark.parametrize(
    "fields",
    [
        (np.zeros((2, 2)), np.zeros(3, int)),
        (np.zeros((2, 3)), np.zeros(2, int)),
        (np.zeros((2, 2)), np.zeros(2, int), np.zeros(1)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(fields):
    with pytest.raises(
        ValueError,
        match=r"Events: expected shapes \(N, 2\), \(N,\) and \(N,\), got "
        + re.escape(str([x.shape for x in (*fields, np.zeros(len(fields[1])))[:3]])),
    ):
        Events(*fields)


def test_runs_of_a_label_are_events():
    labels = np.array([2, 0, 0, 2, 1, 0])
    scores = np.arange(18).reshape(6, 3) / 20
    found = Events.from_labels(labels, scores, background=2, seconds=0.5)
    assert found.segments.tolist() == [[2.5, 3.0], [2.0, 2.5], [0.5, 1.5]]
    assert found.labels.tolist() == [0, 1, 0]
    assert found.scores.tolist() == pytest.approx([0.75, 0.65, (0.15 + 0.3) / 2])
    assert len(Events.from_labels(np.array([2, 2]), scores[:2], background=2)) == 0
    assert len(Events.from_labels(np.zeros(0, int), scores[:0], background=2)) == 0
    whole = Events.from_labels(np.array([1] * 6), scores, background=2)
    assert whole.segments.tolist() == [[0.0, 6.0]]
