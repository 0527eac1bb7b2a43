"""Diagnosis of prediction files, compared to values computed by hand."""

import json

import pytest

from loco_mm.apis.diagnosis import diagnose
from loco_mm.apis.diagnosis_text import diagnosis_text
from loco_mm.errors import InputError
from loco_mm.fileio import write_json


def event(start, end, label):
    return dict(segment=[start, end], label=label)


@pytest.fixture
def files(tmp_path):
    """Prediction and annotation file of four videos, of which three are tested."""
    database = dict(
        a=dict(duration=40, subset="test", annotations=[
            event(0, 10, "dog"), event(5, 25, "car"), event(24, 25.5, "dog"),
        ]),
        b=dict(duration=4, subset="test", annotations=[event(0, 4, "dog")]),
        c=dict(duration=10, subset="test", annotations=[]),
        d=dict(duration=10, subset="train", annotations=[event(0, 9, "car")]),
    )  # fmt: skip
    results = dict(
        a=[
            dict(**event(0, 10, "dog"), score=0.9),
            dict(**event(5, 25, "dog"), score=0.8),
            dict(**event(5, 25, "car"), score=0.7),
        ],
        b=[],
        c=[dict(**event(0, 4, "car"), score=0.8)],
        d=[dict(**event(0, 9, "car"), score=0.5)],
    )
    write_json(tmp_path / "a.json", dict(database=database))
    write_json(tmp_path / "p.json", dict(results=results))
    return tmp_path / "p.json", tmp_path / "a.json"


def test_a_diagnosis_by_hand(files):
    found = diagnose(*files)
    assert (found.num_videos, found.num_events, found.num_predictions) == (3, 4, 4)
    # Dog: one of three events at every threshold, best of all. Car: its only one, at rank 2.
    assert found.average_mAP == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found.classes == {
        "dog": {"AP": pytest.approx(1 / 3), "events": 3, "missed": pytest.approx(2 / 3)},
        "car": {"AP": pytest.approx(0.5), "events": 1, "missed": 0.0},
    }
    assert found.shares == {
        **{"true positive": 0.5, "double detection": 0.0, "wrong label": 0.25},
        **{"localization": 0.0, "confusion": 0.0, "background": 0.25},
    }
    # Without the car in video c, the other one has rank 1.
    assert found.costs["background"] == pytest.approx(0.25)
    assert found.costs["wrong label"] == pytest.approx(0)
    assert found.confusion == [("car", "dog", 1)]
    names = found.class_names
    matrix = {(a, b): found.confusion_matrix[names.index(a)][names.index(b)]
              for a in names for b in names}  # fmt: skip
    assert matrix == {
        **{("dog", "dog"): 1, ("car", "car"): 1, ("car", "dog"): 1, ("dog", "car"): 0}
    }
    assert list(found.curves) == [f"0.{tenth}" for tenth in range(1, 10)]
    # Recall 1/3 of dogs is reached with precision 1, every recall of cars with 1/2.
    assert found.curves["0.5"][33] == pytest.approx(0.75)
    assert found.curves["0.5"][34] == pytest.approx(0.25)


def test_groups_of_events_by_hand(files):
    groups = {
        name: {group.name: (group.num_events, group.missed) for group in members}
        for name, members in diagnose(*files).groups.items()
    }
    assert groups == {
        "length": {
            "up to 2 s": (1, 1.0),
            "2 to 5 s": (1, 1.0),
            "5 to 10 s": (1, 0.0),
            "10 to 30 s": (1, 0.0),
            "above 30 s": (0, None),
        },
        "coverage": {
            "up to 0.2": (1, 1.0),
            "0.2 to 0.4": (1, 0.0),
            "0.4 to 0.6": (1, 0.0),
            "0.6 to 0.8": (0, None),
            "above 0.8": (1, 1.0),
        },
        # The car overlaps both dogs of its video.
        "overlap": {
            "0": (1, 1.0),
            "1": (2, 0.5),
            "2": (1, 0.0),
            "3 or more": (0, None),
        },
        "events per video": {
            "1": (1, 1.0),
            "2 to 3": (3, pytest.approx(1 / 3)),
            "4 to 7": (0, None),
            "8 or more": (0, None),
        },
    }
    (few, many) = diagnose(*files, lengths=[6.5]).groups["length"]
    assert [(group.name, group.num_events) for group in (few, many)] == [
        ("up to 6.5 s", 2),
        ("above 6.5 s", 2),
    ]


def test_a_diagnosis_is_written_as_text_and_json(files):
    found = diagnose(*files, tiou=0.3)
    text = diagnosis_text(found)
    assert text.startswith("3 videos, 4 events, 4 predictions, average mAP 41.7 %")
    assert "| length | up to 2 s | 1 | 0.0 | 100.0 |" in text
    assert "| length | above 30 s | 0 |  |  |" in text
    assert "| background | 25.0 | +25.0 |" in text
    assert "| true positive | 50.0 |  |" in text
    assert "| dog | 3 | 33.3 | 66.7 |" in text
    assert "at tIoU 0.3" in text
    content = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert content["groups"]["length"][0] == dict(
        name="up to 2 s", num_events=1, normalized_mAP=0.0, missed=1.0
    )


def test_predictions_of_unknown_videos_are_refused(files):
    predictions, annotations = files
    content = json.loads(predictions.read_text())
    content["results"]["other"] = []
    write_json(predictions, content)
    with pytest.raises(InputError, match=r"p\.json: .*'other'"):
        diagnose(predictions, annotations)
    with pytest.raises(InputError, match=r"a\.json: no video of subset 'validation'"):
        diagnose(*files, subset="val")
