"""Annotation files from tables of events."""

import re

import pytest

from loco_mm.errors import InputError
from loco_mm.exchange import EventTable, NamedEvent, Split, VideoEvents, as_annotation_file
from loco_mm.fileio import read_annotations


def table(**videos):
    return EventTable({name: VideoEvents(list(events)) for name, events in videos.items()})


def test_a_file_that_the_toolbox_reads(tmp_path):
    events = table(a=[NamedEvent(1, 2.5, "rain")], b=[NamedEvent(0, 10.05, "dog")])
    for name, subset in (("a", "Training"), ("b", "Validation")):
        events.videos[name].subset = subset
    made = as_annotation_file(events, dict(a=5.0, b=10.0), "x")
    made.write(tmp_path / "x.json")
    content = read_annotations(tmp_path / "x.json", strict=True)
    assert content.classes == ("dog", "rain")
    assert {k: (v.duration, v.subset) for k, v in content.videos.items()} == dict(
        a=(5.0, "train"), b=(10.0, "validation")
    )
    # By rounding, an event ends slightly after its video.
    assert content.videos["b"].events.segments.tolist() == [[0, 10]]
    assert made.num_videos() == dict(train=1, validation=1)
    assert made.remarks == ["1 of 2 classes have no event in train: dog"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(20, (14, 3, 3)), (7, (5, 1, 1)), (3, (1, 1, 1)), (2, (2, 0, 0)), (1, (1, 0, 0))],
)
def test_shares_of_the_splits(count, expected):
    subsets = Split().subsets([f"v{i}" for i in range(count)])
    assert tuple(list(subsets.values()).count(x) for x in ("train", "validation", "test")) == (
        expected
    )


def test_splits_follow_from_ids_and_seed():
    ids = [f"v{i}" for i in range(40)]
    first = Split().subsets(ids)
    assert Split().subsets(ids[::-1]) == first
    assert Split(seed=1).subsets(ids) != first
    assert set(Split((1.0, 0.0, 0.0)).subsets(ids).values()) == {"train"}


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.1, 0.1)])
def test_shares_that_are_none(shares):
    with pytest.raises(
        InputError,
        match=re.escape(f"split: expected three fractions whose sum is 1, got {list(shares)}"),
    ):
        Split(shares).subsets(["a"])


def test_events_beyond_their_videos():
    events = table(
        a=[NamedEvent(1, 7, "x"), NamedEvent(9, 10, "x"), NamedEvent(2, 2, "x")],
        b=[NamedEvent(1, 2, "x")],
    )
    durations = dict(a=5.0, b=5.0)
    text = (
        r"3 events without length or outside the video, the first: a \[1, 7\] of 5 s; "
        r"a \[9, 10\] of 5 s; a \[2, 2\] of 5 s"
    )
    with pytest.raises(InputError, match=f"^x: {text}: correct them"):
        as_annotation_file(events, durations, "x")
    made = as_annotation_file(events, durations, "x", Split((1, 0, 0)), clip=True)
    entries = made.content["database"]["a"]["annotations"]
    assert [entry["segment"] for entry in entries] == [[1, 5]]
    (remark,) = made.remarks
    assert remark.startswith("3 events without length") and remark.endswith("clipped or dropped")


def test_what_files_say_goes_before_the_table():
    events = table(a=[NamedEvent(1, 2, "x")], b=[NamedEvent(1, 2, "X ")])
    events.videos["a"].duration = 60.0
    events.videos["b"].duration = 5.0
    made = as_annotation_file(events, dict(a=5.0), "x", Split((1, 0, 0)))
    assert [video["duration"] for video in made.content["database"].values()] == [5.0, 5.0]
    assert made.remarks == [
        "1 video with another duration than in the table, the first: a (60 and 5 s): the "
        "durations of the files are used",
        "classes differ in capital letters only: X , x",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            dict(durations={}),
            "the duration of 2 of 2 videos is not known, the first: a, b: give media",
        ),
        (dict(classes=["y"]), "expected one of the 1 classes, got labels 'x'"),
        (dict(table=table(a=[], b=[])), "expected events, got none"),
    ],
)
def test_what_is_no_data_set(change, message):
    events = table(a=[NamedEvent(1, 2, "x")], b=[])
    given = dict(table=events, durations=dict(a=5.0, b=5.0), source="x") | change
    with pytest.raises(InputError, match=f"^x: {message}"):
        as_annotation_file(**given)


def test_splits_of_some_videos_only():
    events = table(a=[NamedEvent(1, 2, "x")], b=[])
    events.videos["a"].subset = "train"
    message = "1 of 2 videos have no subset, the first: b: give one for all"
    with pytest.raises(InputError, match=message):
        as_annotation_file(events, dict(a=5.0, b=5.0), "x")


def test_a_split_without_a_class_is_reported():
    events = table(a=[NamedEvent(1, 2, "x")], b=[NamedEvent(1, 2, "x")])
    made = as_annotation_file(events, dict(a=5.0, b=5.0), "x", Split((0, 1, 0)))
    assert made.remarks == [
        "1 of 1 classes have no event in train: x: another seed gives another split"
    ]


def test_classes_in_a_given_order():
    events = table(a=[NamedEvent(1, 2, "x")])
    made = as_annotation_file(events, dict(a=5.0), "x", classes=["y", "x"])
    assert made.classes == ["y", "x"]
    assert made.content["database"]["a"]["annotations"][0]["label_id"] == 1
