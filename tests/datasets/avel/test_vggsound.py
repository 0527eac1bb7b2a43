"""VGGSound-AVEL100k: archives in both layouts, labels, and invalid files."""

import os
import pickle
import zipfile

import numpy as np
import pytest

from loco_mm.datasets import VGGSoundAVELDataset
from loco_mm.errors import InputError
from loco_mm.fileio import read_zipped_array

from .conftest import FLAGS, write_archive

PIPELINE = [dict(type="LoadSegmentFeatures"), dict(type="PackSegmentInputs")]
SMALL = dict(features="map", visual_dim=4, audio_dim=2, pipeline=PIPELINE)


def build(root, **settings):
    return VGGSoundAVELDataset(data_root=str(root), **(SMALL | settings))


def sample_of(root, video_id, **settings):
    dataset = build(root, subset=["train", "val", "test"], **settings)
    ids = [dataset.get_data_info(index)["video_id"] for index in range(len(dataset))]
    return dataset[ids.index(video_id)]


def test_rows_and_splits(vggsound):
    dataset = build(vggsound)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert [(i["video_id"], i["row"], i["label"]) for i in infos] == [("a", 0, 1), ("d", 3, 0)]
    assert dataset.metainfo["classes"] == ("bark", "rain")
    assert dataset.metainfo["dataset_type"] == "vggsound-avel"
    assert [dataset.get_cat_ids(i) for i in range(2)] == [[1], [0]]
    assert len(build(vggsound, subset=["val", "test"])) == 2


@pytest.mark.parametrize("video_id", FLAGS)
def test_either_layout_and_labels(vggsound, video_id):
    sample = sample_of(vggsound, video_id)
    raw = read_zipped_array(vggsound / "visual" / f"{video_id}.zip", "x").astype(np.float32)
    visual = sample["inputs"]["visual"]
    assert visual.shape == (10, 7, 7, 4)
    if raw.shape == (10, 4, 7, 7):
        raw = np.moveaxis(raw, 1, -1)
    np.testing.assert_array_equal(visual, raw)
    label = 1 if video_id in ("a", "-c") else 0
    expected = [label if flag else 2 for flag in FLAGS[video_id]]
    assert sample["data_samples"].gt_segment_labels.tolist() == expected
    # A video without an event still has a class.
    assert sample["data_samples"].gt_video_label.tolist() == np.eye(3)[label].tolist()


def test_audio_of_fewer_and_more_segments(vggsound):
    for number, video_id in enumerate(FLAGS):  # of 8 to 11 segments
        raw = read_zipped_array(vggsound / "audio" / f"{video_id}.zip", "x").astype(np.float32)
        assert len(raw) == 8 + number
        audio = sample_of(vggsound, video_id)["inputs"]["audio"].numpy()
        expected = np.concatenate([raw, raw[-1:], raw[-1:]])[:10]
        np.testing.assert_array_equal(audio, expected)


def test_means_of_maps(vggsound):
    for video_id in FLAGS:
        maps = sample_of(vggsound, video_id)["inputs"]["visual"]
        means = sample_of(vggsound, video_id, features="mean")["inputs"]["visual"]
        np.testing.assert_allclose(means, maps.mean(dim=(1, 2)), rtol=1e-6)


def test_weak_supervision_does_not_read_the_labels_of_segments(vggsound):
    shares = build(vggsound, supervision="weakly", video_label="proportion")
    found = [
        sample["data_samples"].gt_video_label.tolist()
        for sample in map(shares.__getitem__, range(2))
    ]
    np.testing.assert_allclose(found, [[0, 0.3, 0.7], [0.1, 0, 0.9]], atol=1e-7)
    for video_id in FLAGS:
        (vggsound / "labels" / f"{video_id}.zip").unlink()
    dataset = build(vggsound, supervision="weakly")
    assert [dataset[i]["data_samples"].gt_video_label.tolist() for i in range(2)] == [
        [0, 1, 0],
        [1, 0, 0],
    ]
    assert "gt_segment_labels" not in dataset[0]["data_samples"]
    for settings in (dict(video_label="proportion"), dict(test_mode=True)):
        with pytest.raises(InputError, match="labels: archives of 2 of 2 videos of train are mis"):
            build(vggsound, supervision="weakly", **settings)


class Attack:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def archive_with_code(root):
    with zipfile.ZipFile(root / "visual" / "a.zip", "w") as archive:
        archive.writestr("a.pkl", pickle.dumps(Attack(str(root / "run"))))


BAD = {
    "code": (
        archive_with_code,
        "visual features {root}/visual/a.zip: 'a.pkl' is not a plain pickled array of numbers",
    ),
    "channels": (
        lambda root: write_archive(root / "visual" / "a.zip", np.ones((10, 7, 7, 5))),
        "visual features {root}/visual/a.zip: expected shape (10, 7, 7, 4) or (10, 4, 7, 7), "
        "got (10, 7, 7, 5): change dataset.visual_dim",
    ),
    "segments": (
        lambda root: write_archive(root / "visual" / "a.zip", np.ones((9, 7, 7, 4))),
        "got (9, 7, 7, 4)",
    ),
    "audio width": (
        lambda root: write_archive(root / "audio" / "a.zip", np.ones((10, 3))),
        "audio features {root}/audio/a.zip: expected shape (T, 2), got (10, 3)",
    ),
    "no audio": (
        lambda root: write_archive(root / "audio" / "a.zip", np.ones((0, 2))),
        "audio features {root}/audio/a.zip: ",
    ),
    "nan": (
        lambda root: write_archive(root / "audio" / "a.zip", np.full((10, 2), np.nan)),
        "audio features {root}/audio/a.zip: expected finite numbers, got 20 of 20 values NaN "
        "or infinite",
    ),
    "labels": (
        lambda root: write_archive(root / "labels" / "a.zip", np.full((1, 10), 0.5)),
        "labels {root}/labels/a.zip: expected 0 or 1 for each of 10 segments, got [0.5, 0.5, 0.5, ",
    ),
    "fewer labels": (
        lambda root: write_archive(root / "labels" / "a.zip", np.ones((1, 9))),
        "labels {root}/labels/a.zip: expected 0 or 1 for each of 10 segments, got shape (1, 9)",
    ),
    "no archive": (
        lambda root: (root / "audio" / "a.zip").write_text("<html>"),
        "audio features {root}/audio/a.zip: not a readable zip archive",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_archives_are_named(vggsound, name):
    spoil, message = BAD[name]
    spoil(vggsound)
    dataset = build(vggsound)
    dataset[1]
    with pytest.raises(InputError) as caught:
        dataset[0]
    assert message.format(root=vggsound) in str(caught.value)
    assert not (vggsound / "run").exists()


def test_bad_data_sets_are_named(vggsound):
    (vggsound / "audio" / "d.zip").unlink()
    with pytest.raises(InputError, match="audio: archives of 1 of 2 videos of train.*: d.zip"):
        build(vggsound)
    assert build(vggsound, features=None, pipeline=[])[0]["label"] == 1
    (vggsound / "VggsoundAVEL100kCategories.txt").write_text("bark\nfog\n")
    with pytest.raises(
        InputError, match="category of video a: expected one of the 2 classes, got 'rain'"
    ):
        build(vggsound)
    table = vggsound / "vggsound-avel100k.csv"
    table.write_text("video_id,category,split\na,bark,val\n")
    with pytest.raises(
        InputError, match=r"vggsound-avel100k\.csv: expected videos of \('train',\), got none"
    ):
        build(vggsound)


def test_a_video_that_training_has_too_is_logged(vggsound, log):
    with open(vggsound / "vggsound-avel100k.csv", "a") as file:
        file.write("a,rain,test\nd,rain,test\n")
    build(vggsound, subset="test")
    assert "2 videos of the split test are in train, too, 1 of them under another cat" in log[0]
