"""Prediction files."""

import pytest

from loco_mm.errors import InputError
from loco_mm.evaluation import read_predictions
from loco_mm.fileio import write_json

CLASSES = ("bark", "rain")


def test_labels_may_be_given_by_number(tmp_path):
    entry = dict(segment=[0, 1], label_id=1, score=0.5)
    write_json(tmp_path / "p.json", dict(results=dict(a=[entry])))
    found = read_predictions(tmp_path / "p.json", CLASSES, {"a"})
    assert found["a"].labels.tolist() == [1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{}", "an object 'results' is expected"),
        ('{"results": {"b": []}}', "video 'b' found"),
        ('{"results": {"a": {}}}', "video 'a': dict found, a list"),
        ('{"results": {"a": [{"segment": [0, 1], "label": "bark"}]}}', "'score' expected"),
        ('{"results": {"a": [{"segment": [0], "label": "bark", "score": 1}]}}', "expected"),
        (
            '{"results": {"a": [{"segment": [0, NaN], "label": "bark", "score": 1}]}}',
            "finite numbers expected",
        ),
        (
            '{"results": {"a": [{"segment": [0, 1], "label": "wind", "score": 1}]}}',
            "label 'wind' found, one of the 2 classes",
        ),
        (
            '{"results": {"a": [{"segment": [0, 1], "label_id": 2, "score": 1}]}}',
            "label 2 found",
        ),
    ],
)
def test_bad_prediction_files_are_refused(tmp_path, content, message):
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as error:
        read_predictions(path, CLASSES, {"a"})
    assert str(path) in str(error.value)
