"""Prediction files."""

import warnings

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import Annotations, VideoAnnotation, read_predictions, write_json
from loco_mm.fileio import write_predictions as write
from loco_mm.structures import Events

VIDEOS = {name: VideoAnnotation(10.0, "test", Events.none()) for name in ("a", "b-1")}
ANNOTATIONS = Annotations(VIDEOS, ("bark", "rain"))


def read(tmp_path, entries):
    write_json(tmp_path / "p.json", dict(results=dict(a=entries)))
    return read_predictions(tmp_path / "p.json", ANNOTATIONS)["a"]


def entry(start=0, end=1, **change):
    return dict(dict(segment=[start, end], label="bark", score=0.5), **change)


def test_what_is_written_is_read(tmp_path):
    segments = np.array([[1.5, 9.25], [0.1, 0.1]])
    events = Events(segments, np.array([1, 0]), np.array([0.75, 1e-9]))
    write(tmp_path / "p.json", {"b-1": events, "a": Events.none()}, ANNOTATIONS.classes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_predictions(tmp_path / "p.json", ANNOTATIONS)
    assert list(found) == ["b-1", "a"]
    assert len(found["a"]) == 0
    assert found["b-1"].segments.tolist() == segments.tolist()
    assert found["b-1"].labels.tolist() == [1, 0]
    assert found["b-1"].scores.tolist() == [0.75, 1e-9]


def test_labels_may_be_given_by_number(tmp_path):
    found = read(tmp_path, [dict(segment=[0, 1], label_id=1, score=0.5)])
    assert found.labels.tolist() == [1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (dict(segment=[0, 1], label="bark"), "score is missing"),
        (
            dict(segment=[0, 1], score=0.5),
            "expected one of the 2 classes of the annotation file, got label None",
        ),
        (entry(score="0.5"), "score: expected a number, got '0.5'"),
        (entry(score=float("inf")), "score: expected a finite number, got inf"),
        (entry(score=None), "score: expected a number, got None"),
        (entry(segment=[0]), r"segment: expected at least 2 items, got \[0\]"),
        (entry(segment=[0, 1, 2]), r"segment: expected at most 2 items, got \[0, 1, 2\]"),
        (entry(0, float("nan")), r"segment\[1\]: expected a finite number, got nan"),
        (entry(0, "1"), r"segment\[1\]: expected a number, got '1'"),
        (entry(2, 1), r"expected an end after the start, got segment \[2.0, 1.0\]"),
        (entry(label="wind"), "2 classes of the annotation file, got label 'wind'"),
        (dict(segment=[0, 1], label_id=2, score=1), "got label 2"),
        (dict(segment=[0, 1], label_id=-1, score=1), "got label -1"),
        (dict(segment=[0, 1], label_id=10**300, score=1), r"got label 10+\.\.\.0+"),
        ("bark", "expected an object, got 'bark'"),
        (None, "expected an object, got None"),
    ],
)
def test_a_bad_prediction_is_refused_by_its_place(tmp_path, bad, message):
    with pytest.raises(InputError, match=rf"p\.json: results\.a\[1\].*{message}") as error:
        read(tmp_path, [entry(), bad])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{}", "results is missing"),
        ('{"results": []}', r"results: expected an object, got \[\]"),
        ('{"results": {"c": []}}', "expected a video of the annotation file, got video 'c'"),
        ('{"results": {"b-1": {}}}', r"results\['b-1'\]: expected a list, got {}"),
        (
            '{"results": {"a": [], "a": []}}',
            r"p\.json: expected each key once, got 'a' of results twice",
        ),
    ],
)
def test_bad_prediction_files_are_refused(tmp_path, content, message):
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as error:
        read_predictions(path, ANNOTATIONS)
    assert str(path) in str(error.value)


def test_predictions_that_reach_beyond_their_video_are_counted(tmp_path):
    entries = [entry(1, 9), entry(3, 10.05), entry(2, 11), entry(-1, 3), entry(20, 40)]
    text = r"3 of 5 predictions lie partly outside their video, the first are a \[2, 11\] of 10 s"
    with pytest.warns(UserWarning, match=text) as record:
        found = read(tmp_path, entries)
    assert len(record) == 1
    assert found.segments[:, 1].tolist() == [9, 10.05, 11, 3, 40]


@pytest.mark.parametrize("per_second", [4, 25])
def test_frames_and_grid_steps_in_place_of_seconds_are_refused(tmp_path, per_second):
    places = np.linspace(0, 8, 9) * per_second
    with pytest.raises(InputError, match="expected seconds, got frames or grid steps"):
        read(tmp_path, [entry(start, start + 2 * per_second) for start in places])
