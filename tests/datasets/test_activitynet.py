"""A dataset in ActivityNet's form."""

import json

import pytest

from loco_mm.datasets import ActivityNetAVDataset, LoadAVFeatures
from loco_mm.errors import InputError

from .conftest import FEATURES


@pytest.fixture
def activitynet(tmp_path, write_features):
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
        write_features(tmp_path, name, only=("_v",))
    return tmp_path


def test_activitynet_as_it_is_published(activitynet):
    """Only visual features are read. Events that end after their video are clipped."""
    train = ActivityNetAVDataset(data_root=str(activitynet), features=FEATURES, pipeline=[])
    assert train.metainfo["classes"] == ("Archery", "Surfing")
    (sample,) = (train.get_data_info(n) for n in range(len(train)))
    assert sample["video_id"] == "v_abc" and sample["labels"].tolist() == [1]
    with pytest.warns(UserWarning, match=r"1 event without length or outside .*v_def"):
        val = ActivityNetAVDataset(
            data_root=str(activitynet), subset="validation", features=FEATURES, pipeline=[]
        )
    assert val.get_data_info(0)["segments"].tolist() == [[2.0, 10.0]]


def test_the_modality_that_is_not_read_is_zeros(activitynet):
    pipeline = [LoadAVFeatures()]
    train = ActivityNetAVDataset(data_root=str(activitynet), features=FEATURES, pipeline=pipeline)
    sample = train[0]
    assert sample["visual"].shape == (37, 4) and sample["visual"].all()
    assert sample["audio"].shape == (37, 3) and not sample["audio"].any()
    with pytest.raises(InputError, match="feature files of 1 of 1 .* are missing.*v_abc_a1.npy"):
        ActivityNetAVDataset(data_root=str(activitynet), features=FEATURES, modalities="both")


def test_a_strict_reader_refuses_what_would_be_cut_off(activitynet):
    with pytest.raises(InputError, match="1 event without length or outside the video"):
        ActivityNetAVDataset(data_root=str(activitynet), strict=True)
