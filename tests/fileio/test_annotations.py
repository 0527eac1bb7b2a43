"""Annotation files, good and bad."""

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
    with pytest.raises(InputError, match="5 events end before .*strict=False"):
        read_annotations(path, strict=True)


def test_frames_in_place_of_seconds_are_refused(write, database):
    for video in database.values():
        for event in video["annotations"]:
            event["segment"] = [25 * value for value in event["segment"]]
    with pytest.raises(InputError, match="4 events .*: frames or grid steps found, seconds exp"):
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
        (lambda d: d["a-1"].update(duration="10"), r"\['a-1'\].duration: '10' found, a number ex"),
        (lambda d: d["a-1"].update(duration=True), "duration: True found, a number expected"),
        (
            lambda d: d["a-1"].update(duration=0),
            "duration: 0 found, a number greater than 0 expected",
        ),
        (lambda d: d["a-1"].update(duration=10**400), r"duration: 10+\.\.\.0+ found, a number"),
        (
            lambda d: d["a-1"].update(duration=1e300),
            "duration: 1e.300 found, a number less than or equal",
        ),
        (lambda d: d["a-1"].pop("subset"), r"database\['a-1'\].subset is missing"),
        (lambda d: d["c"].update(annotations=None), "database.c.annotations: None found, a list"),
        (lambda d: d["c"].update(annotations="[]"), r"annotations: '\[\]' found, a list expected"),
        (lambda d: d["c"].update(annotations=[None]), r"annotations\[0\]: None found, an object"),
        (lambda d: d["c"].update(annotations=["x", 1]), r"annotations\[0\]: 'x' .* \(and 1 more\)"),
        (lambda d: d.update({"../x": d["c"]}), r"video id '\.\./x' found"),
        (lambda d: d.update({"x\\y": d["c"]}), "without path separators expected"),
        (lambda d: d.update({"..": d["c"]}), "without path separators expected"),
        (lambda d: d.update({"\ud800": d["c"]}), r"video id '\\ud800' found"),
        (
            lambda d: set_label(d, segment=[1.0]),
            r"segment: \[1\.0\] found, at least 2 items expected",
        ),
        (lambda d: set_label(d, segment={"0": 1}), r"segment: \{'0': 1\} found, a list expected"),
        (lambda d: set_label(d, segment=[None, 2]), r"b_2.annotations\[0\].segment\[0\]: None fo"),
        (lambda d: set_label(d, segment=[0, float("nan")]), r"segment\[1\]: nan found, a finite"),
        (lambda d: set_label(d, label=None), r"annotations\[0\].label: None found, a text exp"),
        (lambda d: set_label(d, label=""), "label: '' found, a text that is not empty expected"),
        (lambda d: set_label(d, label="\udfff"), "label: .* found, a text of valid characters"),
        (lambda d: set_label(d, label_id="1"), "label_id: '1' found, an integer expected"),
        (lambda d: set_label(d, label_id=1.5), "label_id: 1.5 found, an integer expected"),
        (lambda d: set_label(d, label_id=None), "label 'rain' with label_id None found, 'an int"),
        (lambda d: set_label(d, label_id=7), r"label_id \[0, 2, 7\].* 0 to 2 with a name"),
        (lambda d: d.update(c=[1]), r"database.c: \[1\] found, an object expected"),
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
        ("wind", 1, "unknown label 'wind' with label_id 1, one of the 3 classes expected"),
        ("rain", 2, r"unknown label 'rain' with label_id 2.*\(label_id 1\)"),
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
        ("[1]", "list found, an object expected"),
        ("{}", "x.json: database is missing"),
        ('{"database": {}}', "database: {} found, at least 1 item expected"),
        ('{"database": ' + "[" * 100_000, "cannot be read as JSON: maximum recursion"),
        ('{"database": {"a": {"duration": ' + "9" * 5000 + "}}}", "cannot be read as JSON: Exc"),
        ('{"database": {"a-1": {"x": 1, "x": 2}}}', r"key 'x' of database\['a-1'\] found twice"),
        ('{"a": 1, "a": 2}', "x.json: key 'a' found twice, once expected"),
        ('{"a": {"b": 1, "b": 2}, "a": 2}', "x.json: key 'b' found twice, once expected"),
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
        (["bark", None, "horn"], r"classes\[1\]: None found, a text expected"),
        (["bark", ["rain"], "horn"], r"classes\[1\]: \['rain'\] found, a text expected"),
        (["bark", "rain", "rain"], "classes: 'rain' found 2 times, once expected"),
        (None, "classes: None found, a list expected"),
        ("bark", "classes: 'bark' found, a list expected"),
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
    with pytest.raises(InputError, match="label_id 1 found, 'bark' expected"):
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
        ("'x/y' found", "no-length'].duration is missing", "unknown label 'cat'"),
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
        ({}, "database: None found, an object of videos expected"),
        (dict(database=[]), r"database: \[\] found"),
        (dict(database=dict(a=dict(duration=1, subset="x", annotations=[]))), "label_id"),
        (dict(database=dict(a=3), classes=["b", "b"]), "'b' found 2 times"),
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
