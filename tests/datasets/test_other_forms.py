"""Data sets in the forms of ActivityNet and DESED."""

import json

import numpy as np
import pytest

from loco_mm.datasets import ActivityNetAVDataset, DESEDDataset, LoadAVFeatures
from loco_mm.errors import InputError

KIND = dict(
    visual=dict(suffixes=["_v.npy"], dim=4),
    audio=dict(suffixes=["_a.npy"], dim=3),
    grid=dict(fps=16, num_frames=16, stride=4),
)


def write_features(root, name, steps, suffix, dim):
    (root / "av_features").mkdir(exist_ok=True)
    np.save(root / "av_features" / f"{name}{suffix}.npy", np.ones((steps, dim), np.float32))


@pytest.fixture
def activitynet(tmp_path):
    database = {
        "abc": dict(
            duration=10.0,
            subset="training",
            resolution="320x240",
            url="https://x",
            annotations=[dict(segment=[1.0, 4.0], label="Surfing")],
        ),
        "def": dict(
            duration=10.0,
            subset="validation",
            annotations=[dict(segment=[2.0, 10.5], label="Archery")],
        ),
        "ghi": dict(duration=5.0, subset="testing", annotations=[]),
    }
    path = tmp_path / "annotations" / "activity_net.v1-3.min.json"
    path.parent.mkdir()
    path.write_text(json.dumps(dict(database=database, taxonomy=[], version="1.3")))
    for name in ("v_abc", "v_def"):
        write_features(tmp_path, name, 37, "_v", 4)
    return tmp_path


def test_activitynet_as_it_is_published(activitynet):
    """Visual features alone: there are no others. What lies beyond a video is cut off."""
    train = ActivityNetAVDataset(data_root=str(activitynet), features=KIND, pipeline=[])
    assert train.metainfo["classes"] == ("Archery", "Surfing")
    (sample,) = (train.get_data_info(n) for n in range(len(train)))
    assert sample["video_id"] == "v_abc" and sample["labels"].tolist() == [1]
    with pytest.warns(UserWarning, match=r"1 events have no length or lie outside .*v_def"):
        val = ActivityNetAVDataset(
            data_root=str(activitynet), subset="validation", features=KIND, pipeline=[]
        )
    assert val.get_data_info(0)["segments"].tolist() == [[2.0, 10.0]]


def test_the_modality_that_is_not_read_is_zeros(activitynet):
    pipeline = [LoadAVFeatures()]
    train = ActivityNetAVDataset(data_root=str(activitynet), features=KIND, pipeline=pipeline)
    sample = train[0]
    assert sample["visual"].shape == (37, 4) and sample["visual"].all()
    assert sample["audio"].shape == (37, 3) and not sample["audio"].any()
    with pytest.raises(InputError, match="feature files of 1 of 1 .* are missing.*v_abc_a.npy"):
        ActivityNetAVDataset(data_root=str(activitynet), features=KIND, modalities="both")


def test_a_strict_reader_refuses_what_would_be_cut_off(activitynet):
    with pytest.raises(InputError, match="1 events have no length or lie outside their video"):
        ActivityNetAVDataset(data_root=str(activitynet), strict=True)


@pytest.fixture
def desed(tmp_path):
    (tmp_path / "metadata").mkdir()
    rows = [
        ("a.wav", "0.000", "3.500", "Dog"),
        ("a.wav", "2.000", "9.100", "Speech"),
        ("b.wav", "", "", ""),
    ]
    lines = ["filename\tonset\toffset\tevent_label", *("\t".join(row) for row in rows)]
    (tmp_path / "metadata" / "train.tsv").write_text("\n".join(lines) + "\n")
    for name in "ab":
        write_features(tmp_path, name, 37, "_a", 3)
    return tmp_path


def test_desed_as_it_is_published(desed):
    train = DESEDDataset(data_root=str(desed), features=KIND, pipeline=[])
    assert len(train.metainfo["classes"]) == 10
    one, other = (train.get_data_info(n) for n in range(len(train)))
    assert (one["video_id"], one["duration"], one["subset"]) == ("a", 10.0, "train")
    names = [train.metainfo["classes"][label] for label in one["labels"]]
    assert names == ["Dog", "Speech"]
    np.testing.assert_allclose(one["segments"], [[0, 3.5], [2, 9.1]])
    assert other["video_id"] == "b" and len(other["labels"]) == 0


def test_another_class_is_told(desed):
    path = desed / "metadata" / "train.tsv"
    path.write_text(path.read_text().replace("Dog", "Wolf"))
    with pytest.raises(InputError, match="train.tsv: labels 'Wolf' found, one of the 10 classes"):
        DESEDDataset(data_root=str(desed))
