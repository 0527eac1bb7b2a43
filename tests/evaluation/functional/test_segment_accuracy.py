"""Accuracy of segment labels, by hand and on AVE's own labels."""

import math

import numpy as np
import pytest

from loco_mm.datasets import AVEDataset
from loco_mm.errors import InputError
from loco_mm.evaluation import segment_accuracy


def test_figures_by_hand():
    truth = [0, 0, 0, 0, 1, 2, 2, 2]
    found = [0, 0, 0, 2, 0, 2, 2, 1]
    figures = segment_accuracy(truth, found, 2)
    assert figures.accuracy == 5 / 8
    assert figures.background_recall == 2 / 3
    assert figures.class_accuracy.tolist() == [3 / 4, 0]
    assert figures.mean_class_accuracy == 3 / 8
    assert figures.true_class_everywhere == 5 / 8


def test_what_is_not_there_has_no_figure():
    figures = segment_accuracy([0, 0], [0, 1], 3)
    assert figures.accuracy == 1 / 2
    assert math.isnan(figures.background_recall)
    assert figures.class_accuracy[0] == 1 / 2
    assert np.isnan(figures.class_accuracy[1:]).all()
    assert figures.mean_class_accuracy == 1 / 2
    none = segment_accuracy([], [], 3)
    assert math.isnan(none.accuracy)
    assert math.isnan(none.mean_class_accuracy)


@pytest.mark.parametrize(
    ("truth", "found", "text"),
    [
        ([0, 1], [0], "segment_accuracy.found: expected 2 labels, as many as truth has, got 1"),
        ([0, 4], [0, 0], "segment_accuracy.truth: expected labels 0 to 3, got label 4"),
        (
            [0, 1],
            [0, -1],
            r"segment_accuracy\.found\[1\]: expected a class, an integer >= 0, got -1",
        ),
        ([0, 1], ["a", "b"], "segment_accuracy.found"),
    ],
)
def test_bad_labels_are_reported(truth, found, text):
    with pytest.raises(InputError, match=text):
        segment_accuracy(truth, found, 3)


@pytest.mark.parametrize(
    ("subset", "background", "events"), [("test", 17.79, 82.21), ("val", 18.21, 81.79)]
)
def test_predictors_that_do_not_look_on_ave(shared, subset, background, events):
    """A constant prediction, a perfect one, and one that knows the class of each video."""
    dataset = AVEDataset(
        data_root=str(shared / "data" / "ave"), subset=subset, test_mode=True, pipeline=[]
    )
    samples = [dataset.get_data_info(index) for index in range(len(dataset))]
    truth = np.concatenate([sample["segment_labels"] for sample in samples])
    assert len(truth) == 4020

    nothing = segment_accuracy(truth, np.full(len(truth), 28), 28)
    assert 100 * nothing.accuracy == pytest.approx(background, abs=0.005)
    assert nothing.background_recall == 1
    assert nothing.mean_class_accuracy == 0

    perfect = segment_accuracy(truth, truth, 28)
    assert (perfect.accuracy, perfect.background_recall) == (1, 1)
    assert (perfect.class_accuracy == 1).all()

    classes = np.repeat([sample["label"] for sample in samples], 10)
    everywhere = segment_accuracy(truth, classes, 28)
    assert 100 * everywhere.accuracy == pytest.approx(events, abs=0.005)
    assert everywhere.background_recall == 0
    assert everywhere.mean_class_accuracy == 1
    for figures in (nothing, perfect, everywhere):
        assert figures.true_class_everywhere == everywhere.accuracy
