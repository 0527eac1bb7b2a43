"""Annotation files, valid and invalid."""

import copy
import json
import warnings

import numpy as np
import pytest

from loco_mm.datasets import UnAV100Dataset, read_annotations
from loco_mm.errors import InputError
from loco_mm.fileio import subset_name, survey_annotations


def path_of(root):
    return root / "annotations" / "unav100_annotations.json"


def test_the_real_file(shared):
    counts = {}
    path = shared / "data" / "unav100_annotations.json"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = read_annotations(path, UnAV100Dataset.METAINFO["classes"], strict=True)
    for video in content.videos.values():
        counts[video.subset] = counts.get(video.subset, 0) + 1
    assert counts == dict(train=6489, validation=2134, test=2167)
    assert sum(len(video.events.labels) for video in content.videos.values()) == 30059
    assert content.classes == read_annotations(path).classes
    assert content.videos["--HuBNHXu9I"].events.segments[0].tolist() == [0.0, np.float32(10.23497)]


def test_values(write, database):
    content = read_annotations(path_of(write(database)))
    assert content.classes == ("bark", "rain", "horn")
    video = content.videos["a-1"]
    assert video.duration == 10.0
    assert video.events.segments.tolist() == [[0.0, 4.5], [2.0, 9.0]]
    assert video.events.segments.dtype == np.float32
    assert video.events.labels.tolist() == [0, 2]
    assert content.videos["c"].events.segments.shape == (0, 2)


def test_impossible_events_are_dropped_with_one_counted_warning(write, database):
    database["d"]["annotations"] *= 2
    for start, end in [(5, 5), (6, 4), (-1, 3), (10, 11), (4, 12)]:
        event = copy.deepcopy(database["b_2"]["annotations"][0])
        database["c"]["annotations"].append({**event, "segment": [start, end]})
    path = path_of(write(database))
    with pytest.warns(UserWarning, match=r"5 events .* c \[5, 5\] of 10 s") as record:
        content = read_annotations(path)
    assert len(record) == 1
    assert len(content.videos["c"].events.labels) == 0
    with pytest.raises(InputError, match="5 events that end before .*strict=False"):
        read_annotations(path, strict=True)


def test_frames_in_place_of_seconds_are_refused(write, database):
    for video in database.values():
        for event in video["annotations"]:
            event["segment"] = [25 * value for value in event["segment"]]
    with pytest.raises(InputError, match="4 events .*: expected seconds, got frames or grid steps"):
        read_annotations(path_of(write(database)))


def test_an_end_beyond_the_video_by_rounding_is_clipped(write, database):
    database["b_2"]["annotations"][0]["segment"] = [1.0, 10.04]
    content = read_annotations(path_of(write(database)), strict=True)
    assert content.videos["b_2"].events.segments.tolist() == [[1.0, 10.0]]


def set_label(database, **change):
    database["b_2"]["annotations"][0].update(change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["a-1"].pop("duration"), r"database\['a-1'\].duration is missing"),
        (
            lambda d: d["a-1"].update(duration="10"),
            r"\['a-1'\]\.duration: expected a number, got '10'",
        ),
        (lambda d: d["a-1"].update(duration=True), "duration: expected a number, got True"),
        (
            lambda d: d["a-1"].update(duration=0),
            "duration: expected a number greater than 0, got 0",
        ),
        (
            lambda d: d["a-1"].update(duration=10**400),
            r"database\['a-1'\]\.duration: expected a number, got "
            r"100000000000000000\.\.\.0000000000000000000",
        ),
        (
            lambda d: d["a-1"].update(duration=1e300),
            r"database\['a-1'\]\.duration: expected a number less than or equal to 1000000000, "
            r"got 1e\+300",
        ),
        (lambda d: d["a-1"].pop("subset"), r"database\['a-1'\].subset is missing"),
        (
            lambda d: d["c"].update(annotations=None),
            "database.c.annotations: expected a list, got None",
        ),
        (lambda d: d["c"].update(annotations="[]"), r"annotations: expected a list, got '\[\]'"),
        (
            lambda d: d["c"].update(annotations=[None]),
            r"annotations\[0\]: expected an object, got None",
        ),
        (
            lambda d: d["c"].update(annotations=["x", 1]),
            r"database\.c\.annotations\[0\]: expected an object, got 'x' \(and 1 more\)",
        ),
        (
            lambda d: d.update({"../x": d["c"]}),
            r"video id: expected a name without path separators, got '\.\./x'",
        ),
        (
            lambda d: d.update({"x\\y": d["c"]}),
            r"video id: expected a name without path separators, got 'x\\\\y'",
        ),
        (
            lambda d: d.update({"..": d["c"]}),
            r"unav100_annotations\.json: video id: expected a name without path separators, got "
            r"'\..'",
        ),
        (
            lambda d: d.update({"\ud800": d["c"]}),
            r"video id: expected a name without path separators, got '\\ud800'",
        ),
        (
            lambda d: set_label(d, segment=[1.0]),
            r"segment: expected at least 2 items, got \[1\.0\]",
        ),
        (lambda d: set_label(d, segment={"0": 1}), r"segment: expected a list, got \{'0': 1\}"),
        (
            lambda d: set_label(d, segment=[None, 2]),
            r"database\.b_2\.annotations\[0\]\.segment\[0\]: expected a number, got None",
        ),
        (
            lambda d: set_label(d, segment=[0, float("nan")]),
            r"segment\[1\]: expected a finite number, got nan",
        ),
        (
            lambda d: set_label(d, label=None),
            r"database\.b_2\.annotations\[0\]\.label: expected a string, got None",
        ),
        (lambda d: set_label(d, label=""), "label: expected a non-empty string, got ''"),
        (
            lambda d: set_label(d, label="\udfff"),
            r"database\.b_2\.annotations\[0\]\.label: expected a string of valid characters, "
            r"got '\\udfff'",
        ),
        (lambda d: set_label(d, label_id="1"), "label_id: expected an integer, got '1'"),
        (lambda d: set_label(d, label_id=1.5), "label_id: expected an integer, got 1.5"),
        (
            lambda d: set_label(d, label_id=None),
            r"database\.b_2\.annotations\[0\]: expected an integer label_id, got label 'rain' "
            r"with label_id None",
        ),
        (
            lambda d: set_label(d, label_id=7),
            r"unav100_annotations\.json: expected label_id 0 to 2, one name for each, got \[0, "
            r"2, 7\]",
        ),
        (lambda d: d.update(c=[1]), r"database.c: expected an object, got \[1\]"),
    ],
)
def test_bad_content_is_refused_by_file_and_video(write, database, change, message):
    change(database)
    path = path_of(write(database))
    with pytest.raises(InputError, match=message) as error:
        read_annotations(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "label_id", "message"),
    [
        (
            "wind",
            1,
            r"database\.b_2\.annotations\[0\]: expected one of the 3 classes, got label 'wind' "
            r"with label_id 1",
        ),
        (
            "rain",
            2,
            r"database\.b_2\.annotations\[0\]: expected one of the 3 classes \(label_id 1\), "
            r"got label 'rain' with label_id 2",
        ),
    ],
)
def test_a_label_beside_the_given_classes_is_refused(write, database, name, label_id, message):
    set_label(database, label=name, label_id=label_id)
    with pytest.raises(InputError, match=message):
        read_annotations(path_of(write(database)), classes=("bark", "rain", "horn"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ("[1]", "expected an object, got list"),
        ("{}", "x.json: database is missing"),
        ('{"database": {}}', "database: expected at least 1 item, got {}"),
        ('{"database": ' + "[" * 100_000, "cannot be read as JSON: maximum recursion"),
        ('{"database": {"a": {"duration": ' + "9" * 5000 + "}}}", "cannot be read as JSON: Exc"),
        (
            '{"database": {"a-1": {"x": 1, "x": 2}}}',
            r"expected each key once, got 'x' of database\['a-1'\]",
        ),
        ('{"a": 1, "a": 2}', r"x\.json: expected each key once, got 'a' twice"),
        ('{"a": {"b": 1, "b": 2}, "a": 2}', r"x\.json: expected each key once, got 'b' twice"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
    ],
)
def test_files_that_hold_no_annotations_are_refused(tmp_path, content, message):
    path = tmp_path / "x.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        read_annotations(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"annotation file .*gone\.json: no such file"):
        read_annotations(tmp_path / "gone.json")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([], "classes: .* at least 1 item"),
        (["bark", None, "horn"], r"classes\[1\]: expected a string, got None"),
        (["bark", ["rain"], "horn"], r"classes\[1\]: expected a string, got \['rain'\]"),
        (["bark", "rain", "rain"], "classes: expected each name once, got 'rain' 2 times"),
        (None, "classes: expected a list, got None"),
        ("bark", "classes: expected a list, got 'bark'"),
    ],
)
def test_a_bad_class_list_in_the_file_is_refused(write, database, classes, message):
    path = path_of(write(database))
    path.write_text(json.dumps(dict(database=database, classes=classes)))
    with pytest.raises(InputError, match=message):
        read_annotations(path)


def test_one_label_id_with_two_names_is_refused(write, database):
    set_label(database, label="bark", label_id=1)
    database["d"]["annotations"][0].update(label="horn", label_id=1)
    with pytest.raises(
        InputError,
        match=r"database\.d\.annotations\[0\]: expected label 'bark', got label 'horn' with "
        r"label_id 1",
    ):
        read_annotations(path_of(write(database)))


def test_nothing_of_json_is_lost(write, database):
    root = write(database)
    again = json.loads(path_of(root).read_text())["database"]
    assert set(read_annotations(path_of(root)).videos) == set(again)


def survey(write, database, **more):
    return survey_annotations(path_of(write(database, **more)))


def test_a_survey_of_a_sound_file_is_what_reading_gives(write, database):
    found = survey(write, database)
    assert (found.faults, found.dropped) == ([], [])
    content = read_annotations(path_of(write(database)))
    assert found.annotations.classes == content.classes
    assert list(found.annotations.videos) == list(content.videos)
    for video_id, video in content.videos.items():
        other = found.annotations.videos[video_id]
        assert (video.duration, video.subset) == (other.duration, other.subset)
        assert video.events.segments.tolist() == other.events.segments.tolist()
        assert video.events.labels.tolist() == other.events.labels.tolist()


def test_a_survey_says_all_that_is_wrong_and_reads_the_rest(write, database):
    event = dict(segment=[1, 2], label="bark", label_id=0)
    database.update(
        {
            "x/y": dict(duration=5, subset="test", annotations=[]),
            "no-length": dict(subset="test", annotations=[]),
            "named": dict(duration=5, subset="test", annotations=[dict(event, label="cat")]),
            "late": dict(
                duration=5, subset="test", annotations=[event, dict(event, segment=[6, 7])]
            ),
        }
    )
    found = survey(write, database)
    assert len(found.faults) == 3
    for text, fault in zip(
        (
            "video id: expected a name without path separators, got 'x/y'",
            "no-length'].duration is missing",
            "expected one of the 3 classes, got label 'cat' with label_id 0",
        ),
        found.faults,
        strict=True,
    ):
        assert text in fault
    assert found.dropped == ["late [6, 7] of 5 s"]
    assert found.annotations.classes == ("bark", "rain", "horn")
    assert len(found.annotations.videos["late"].events) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "database: expected an object of videos, got None"),
        (dict(database=[]), r"database: expected an object of videos, got \[\]"),
        (dict(database=dict(a=dict(duration=1, subset="x", annotations=[]))), "label_id"),
        (dict(database=dict(a=3), classes=["b", "b"]), "expected each name once, got 'b' 2 times"),
    ],
)
def test_files_that_no_survey_can_read(tmp_path, content, message):
    (tmp_path / "x.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"annotation file .*x.json: .*{message}"):
        survey_annotations(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("name", "usual"),
    [
        ("Training", "train"),
        ("TRAIN", "train"),
        ("Validation", "validation"),
        ("val", "validation"),
        ("Test", "test"),
        ("testing", "test"),
        ("Fold1", "Fold1"),
    ],
)
def test_names_of_splits(write, database, name, usual):
    for video in database.values():
        video["subset"] = name
    path = path_of(write(database))
    assert subset_name(name) == usual
    assert {video.subset for video in read_annotations(path).videos.values()} == {usual}
    assert {v.subset for v in survey_annotations(path).annotations.videos.values()} == {usual}


def test_names_alone_number_the_classes(write, database):
    for video in database.values():
        for event in video["annotations"]:
            del event["label_id"]
    assert read_annotations(path_of(write(database))).classes == ("bark", "horn", "rain")
