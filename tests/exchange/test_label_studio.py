"""Tasks of Label Studio."""

import json
from xml.etree import ElementTree

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, VideoEvents
from loco_mm.exchange.label_studio import read_label_studio, write_label_studio


def region(start, end, *labels, kind="labels", **more):
    value = dict(start=start, end=end, channel=0, labels=list(labels))
    return dict(id="x", type=kind, from_name="f", to_name="audio", value=value, **more)


def read(tmp_path, tasks):
    (tmp_path / "x.json").write_text(json.dumps(tasks))
    return read_label_studio(tmp_path / "x.json")


def test_tasks_as_label_studio_exports_them(tmp_path):
    """Cancelled annotations are ignored, and so are predictions if there are annotations."""
    other = dict(type="choices", value=dict(choices=["good"]))
    done = dict(id=1, completed_by=2, result=[region(1, 2.5, "dog", "rain"), other])
    task = dict(
        id=7,
        data=dict(video="/data/upload/1/9b-a.mp4", extra=3),
        annotations=[dict(result=[region(5, 6, "no")], was_cancelled=True), done],
        predictions=[dict(result=[region(8, 9, "guess")])],
    )
    guess = dict(
        data=dict(video="/data/local-files/?d=videos/b.mp4"),
        annotations=[],
        predictions=[dict(result=[region(8, 9, "guess", score=0.5)])],
    )
    table = read(tmp_path, [task, guess])
    assert {video_id: video.events for video_id, video in table.videos.items()} == {
        "9b-a": [NamedEvent(1, 2.5, "dog"), NamedEvent(1, 2.5, "rain")],
        "b": [NamedEvent(8, 9, "guess", 0.5)],
    }


def test_what_is_written(tmp_path):
    events = [NamedEvent(1, 2.5, 'say "hi" & go', 0.75), NamedEvent(0, 1, "rain", 0.25)]
    write_label_studio(tmp_path / "out", EventTable(dict(a=VideoEvents(events, "u/a.mp4"))))
    (task,) = json.loads((tmp_path / "out" / "tasks.json").read_text())
    assert task["data"] == dict(video="u/a.mp4")
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.5 and "annotations" not in task
    first = prediction["result"][0]
    assert first["score"] == 0.75 and first["type"] == "labels"
    assert first["value"] == dict(start=1, end=2.5, channel=0, labels=['say "hi" & go'])
    # The regions refer to tags in the project's config.
    tree = ElementTree.parse(tmp_path / "out" / "labeling_config.xml")
    (labels,) = tree.iter("Labels")
    assert (labels.get("name"), labels.get("toName")) == (first["from_name"], first["to_name"])
    assert [x.get("value") for x in labels] == ["rain", 'say "hi" & go']
    assert {x.get("name") for x in tree.iter("Audio")} == {first["to_name"]}
    assert {x.get("value") for tag in ("Audio", "Video") for x in tree.iter(tag)} == {"$video"}


def test_what_has_no_scores_is_written_as_annotations(tmp_path):
    write_label_studio(tmp_path, EventTable(dict(a=VideoEvents([NamedEvent(1, 2, "x")]))))
    (task,) = json.loads((tmp_path / "tasks.json").read_text())
    assert set(task) == {"data", "annotations"} and set(task["annotations"][0]) == {"result"}


TASK = dict(data=dict(video="a.mp4"))


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ({}, "expected a list, got dict"),
        ([{}], r"\[0\].data is missing"),
        ([dict(TASK, annotations=[{}, {}])], r"\[0\]: expected one annotation, got 2"),
        (
            [dict(TASK, annotations=[dict(result=[region(0, 1, "x", kind="timelinelabels")])])],
            r"\[0\]: expected labels on the sound, which have seconds, got timelinelabels, "
            r"which count frames",
        ),
        (
            [dict(TASK, annotations=[dict(result=[region(0, 1)])])],
            r"\[0\]: expected a region with labels, got one without",
        ),
    ],
)
def test_bad_files(tmp_path, tasks, message):
    with pytest.raises(InputError, match=rf"^Label Studio file .*x\.json: {message}"):
        read(tmp_path, tasks)


@pytest.mark.parametrize(
    ("data", "video_id"),
    [
        (dict(video="/data/local-files/?d=clip.mp4"), "clip"),
        (dict(video="/data/local-files/?d=some/where/a%3Fb%20%2B.mp4"), "a?b +"),
        (dict(audio="/data/local-files/?d=videos/clip.wav"), "clip"),
        (dict(video="/data/upload/3/1a2b3c4d-clip.mp4"), "clip"),
        (dict(video="https://host/v/a%20b.mp4?token=x/y.mp4#t=3"), "a b"),
        (dict(video="100%25.mp4"), "100%"),
        (dict(video="v.mp4", audio="a.wav"), "v"),
    ],
)
def test_ids_of_addresses(tmp_path, data, video_id):
    task = dict(data=data, annotations=[dict(result=[region(1, 2, "dog")])])
    assert list(read(tmp_path, [task]).videos) == [video_id]


def test_a_task_without_media(tmp_path):
    with pytest.raises(
        InputError,
        match=r"x\.json: \[0\]\.data: expected 'video' or 'audio', the address of a media file, "
        r"got neither",
    ):
        read(tmp_path, [dict(data=dict(text="hello"))])
