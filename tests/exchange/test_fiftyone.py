"""Labels of FiftyOne's temporal detections."""

import json

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.exchange.fiftyone import read_fiftyone, write_fiftyone


def read(tmp_path, content):
    (tmp_path / "x.json").write_text(json.dumps(content))
    return read_fiftyone(tmp_path / "x.json")


def test_labels_with_names_and_with_numbers(tmp_path):
    detections = [
        dict(label=1, timestamps=[0, 1.5], attributes={}),
        dict(label="other", timestamps=[2, 3], confidence=0.5),
    ]
    table = read(tmp_path, dict(classes=["dog", "rain"], labels=dict(a=detections, b=None)))
    assert table.videos["a"].events == [NamedEvent(0, 1.5, "rain"), NamedEvent(2, 3, "other", 0.5)]
    assert table.videos["b"].events == []


def test_what_is_written(tmp_path):
    table = EventTable(dict(a=VideoEvents([NamedEvent(1, 2.5, "dog", 0.5)])), ("rain", "dog"))
    write_fiftyone(tmp_path / "x.json", table)
    assert json.loads((tmp_path / "x.json").read_text()) == dict(
        classes=["rain", "dog"],
        labels=dict(a=[dict(label=1, timestamps=[1, 2.5], confidence=0.5)]),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "labels is missing"),
        (
            dict(labels=dict(a=[dict(label=0, timestamps=[0, 1])])),
            r"labels\.a\[0\]: expected one of the 0 classes, got label 0",
        ),
        (
            dict(labels=dict(a=[dict(label="x", support=[1, 5])])),
            r"labels\.a\[0\]: expected timestamps, got frames alone: export with "
            r"use_timestamps=True",
        ),
    ],
)
def test_bad_files(tmp_path, content, message):
    with pytest.raises(InputError, match=rf"^FiftyOne file .*x\.json: {message}"):
        read(tmp_path, content)
