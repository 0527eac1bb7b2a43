"""JSON files in ActivityNet's form."""

import json

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.fileio import read_annotations, read_predictions
from loco_mm.fileio.activitynet import read_activitynet, write_activitynet


def read(tmp_path, content):
    (tmp_path / "x.json").write_text(json.dumps(content))
    return read_activitynet(tmp_path / "x.json")


def test_annotations_of_activitynet(tmp_path):
    """With unknown keys, and labels without numbers."""
    event = dict(segment=[1, 2.5], label="Long jump")
    video = dict(duration=9.5, subset="training", resolution="1x1", url="x", annotations=[event])
    table = read(
        tmp_path, dict(version="1.3", taxonomy=[], database=dict(a=video, b=dict(annotations=[])))
    )
    expected = VideoEvents([NamedEvent(1, 2.5, "Long jump")], None, 9.5, "training")
    assert table.videos == dict(a=expected, b=VideoEvents())
    assert table.classes is None


def test_the_order_of_the_classes(tmp_path):
    events = [
        dict(segment=[0, 1], label=name, label_id=label) for label, name in ((1, "a"), (0, "b"))
    ]
    assert read(tmp_path, dict(database=dict(v=dict(annotations=events)))).classes == ("b", "a")
    assert read(tmp_path, dict(results=dict(v=events), classes=["x", "a", "b"])).classes == (
        "x",
        "a",
        "b",
    )


def test_what_is_written_is_what_the_toolbox_reads(tmp_path):
    videos = dict(
        a=VideoEvents([NamedEvent(1, 2.5, "dog"), NamedEvent(2, 3, "rain")], None, 9.5, "test")
    )
    path = tmp_path / "x.json"
    write_activitynet(path, EventTable(videos, ("rain", "dog")))
    content = read_annotations(path)
    assert content.classes == ("rain", "dog")
    events = content.videos["a"].events
    assert events.segments.tolist() == [[1, 2.5], [2, 3]] and events.labels.tolist() == [1, 0]
    scored = [x._replace(score=0.5) for x in videos["a"].events]
    write_activitynet(tmp_path / "p.json", EventTable(dict(a=VideoEvents(scored)), ("rain", "dog")))
    found = read_predictions(tmp_path / "p.json", content)["a"]
    assert found.labels.tolist() == [1, 0] and found.scores.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "'database' or 'results' expected"),
        (dict(database={}, results={}), "'database' or 'results' expected, one of them"),
        (
            dict(results=dict(a=[dict(segment=[2, 1], label="x")])),
            r"results\.a\[0\]: expected an end after the start, got start 2 and end 1",
        ),
        (
            dict(database={"a-b": dict(annotations=[dict(segment=[1], label="x")])}),
            r"database\['a-b'\].annotations\[0\].segment: ",
        ),
    ],
)
def test_bad_files(tmp_path, content, message):
    with pytest.raises(InputError, match=rf"^ActivityNet file .*x\.json: {message}"):
        read(tmp_path, content)


def test_annotations_of_mmaction2(tmp_path):
    """Without the key ``database``, and with another name for durations."""
    event = dict(segment=[2.0, 5.0], label="a")
    video = dict(duration_second=20.0, duration_frame=600, annotations=[event], fps=30.0)
    (tmp_path / "x.json").write_text(json.dumps(dict(v_a=video)))
    table = read_activitynet(tmp_path / "x.json")
    assert table.videos == dict(v_a=VideoEvents([NamedEvent(2, 5, "a")], None, 20.0))
