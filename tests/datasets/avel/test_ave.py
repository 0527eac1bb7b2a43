"""The AVE dataset: labels, features row by row, splits, noisy videos."""

import h5py
import numpy as np
import pytest
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from loco_mm.datasets import AVEDataset
from loco_mm.datasets.avel.ave import CLASSES
from loco_mm.errors import InputError

from .conftest import ORDERS, write_array

PIPELINE = [dict(type="LoadSegmentFeatures"), dict(type="PackSegmentInputs")]
SMALL = dict(features="map", visual_dim=4, audio_dim=2, pipeline=PIPELINE)


def build(root, **settings):
    return AVEDataset(data_root=str(root), **(SMALL | settings))


def labels_only(root, **settings):
    return AVEDataset(data_root=str(root), pipeline=[], **settings)


def infos(dataset):
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def test_rows_labels_and_splits(ave):
    train, val, test = (labels_only(ave, subset=name) for name in ("train", "val", "test"))
    assert [(s["video_id"], s["row"]) for s in infos(train)] == [("-v_3", 3), ("v0", 0), ("v1", 1)]
    assert [s["label"] for s in infos(train)] == [22, 0, 0]
    assert train[0]["segment_labels"].tolist() == [28] * 9 + [22]
    assert train[1]["segment_labels"].tolist() == [0] * 10
    assert train[2]["segment_labels"].tolist() == [28] * 10
    assert val[1]["segment_labels"].tolist() == [28, 28, 28, 2, 2, 28, 28, 28, 28, 28]
    assert test[0]["segment_labels"].tolist() == [28, 28, 27, 27, 27, 27, 27, 27, 27, 28]
    assert test.metainfo["classes"] == CLASSES
    assert test.metainfo["dataset_type"] == "ave"
    assert len(labels_only(ave, subset=["val", "test"])) == 3
    assert [train.get_cat_ids(i) for i in range(3)] == [[22], [0], [0]]


def test_all_4143_rows_agree_with_the_published_label_files(shared):
    folder = shared / "data" / "ave"
    dataset = labels_only(folder, subset=["train", "val", "test"], test_mode=True)
    assert len(dataset) == 4143
    rows = [info["row"] for info in infos(dataset)]
    assert sorted(rows) == list(range(4143))
    labels = np.array([info["label"] for info in infos(dataset)])
    segments = np.stack([info["segment_labels"] for info in infos(dataset)])
    with h5py.File(folder / "mil_labels.h5") as file:
        video_labels = file["avadataset"][:][rows]
    with h5py.File(folder / "labels_closs.h5") as file:
        is_event = file["avadataset"][:][rows]
    np.testing.assert_array_equal(np.eye(29)[labels], video_labels)
    np.testing.assert_array_equal(np.where(is_event == 1, labels[:, None], 28), segments)
    # The one video without an event still has a class.
    without = rows.index(26)
    assert (segments[without] == 28).all() and labels[without] == 0
    assert ((segments != 28).sum(axis=1) == 0).sum() == 1


def test_published_figures_of_the_splits(shared):
    folder = shared / "data" / "ave"
    parts = {name: labels_only(folder, subset=name) for name in ("train", "val", "test")}
    assert [len(part) for part in parts.values()] == [3339, 402, 402]
    segments = {n: np.stack([i["segment_labels"] for i in infos(p)]) for n, p in parts.items()}
    background = [100 * (labels == 28).mean() for labels in segments.values()]
    assert np.round(background, 1).tolist() == [16.9, 18.2, 17.8]
    assert CLASSES[0] == "Church bell" and CLASSES[27] == "Mandolin" and len(set(CLASSES)) == 28


def test_videos_that_training_has_too_are_logged(shared, ave, log):
    labels_only(ave, subset="train")
    assert not log
    labels_only(ave, subset="test")
    assert "1 videos of the split test are in train, too, 1 of them under another" in log[0]
    assert log[0].endswith(": v0")
    for subset, count in (("val", 10), ("test", 8)):
        log.clear()
        labels_only(shared / "data" / "ave", subset=subset)
        message = f"{count} videos of the split {subset} are in train, too, {count} of them under"
        assert message in log[0]


def test_the_orders_that_others_train_on(shared):
    """Weak supervision also trains on the noisy videos: 3,517 in total."""
    folder = shared / "data" / "ave"
    assert len(labels_only(folder, supervision="weakly")) == 3339 + 178
    assert len(labels_only(folder, supervision="weakly", noisy=False)) == 3339
    assert len(labels_only(folder, supervision="weakly", subset="val")) == 402
    assert len(labels_only(folder, supervision="weakly", test_mode=True)) == 3339


def test_features_are_those_of_the_row(ave, maps):
    dataset = build(ave)
    for index, row in enumerate(ORDERS["train"]):
        inputs = dataset[index]["inputs"]
        np.testing.assert_array_equal(inputs["visual"], maps["visual"][row])
        np.testing.assert_array_equal(inputs["audio"], maps["audio"][row].astype(np.float32))
        assert inputs["audio"].dtype == inputs["visual"].dtype
    sample = dataset[1]["data_samples"]
    assert (sample.video_id, sample.row) == ("v0", 0)
    assert sample.gt_segment_labels.tolist() == [0] * 10
    assert sample.gt_video_label.tolist() == [1.0] + 28 * [0.0]


def test_means_of_maps(ave, maps):
    for settings in ({}, dict(mean_cache="means.h5"), dict(mean_cache="means.h5")):
        dataset = build(ave, features="mean", **settings)
        expected = maps["visual"][3].reshape(10, 9, 4).mean(axis=1)
        np.testing.assert_allclose(dataset[0]["inputs"]["visual"], expected, rtol=1e-6)
    # The cache file is sufficient.
    (ave / "visual_feature.h5").unlink()
    dataset = build(ave, features="mean", data_prefix=dict(visual="means.h5"))
    np.testing.assert_allclose(dataset[0]["inputs"]["visual"], expected, rtol=1e-6)
    with pytest.raises(
        InputError, match=r"'avadataset': expected shape \(6, 10, H, W, 4\), got \(6, 10, 4\)"
    ):
        build(ave, features="map", data_prefix=dict(visual="means.h5"))


def test_weak_supervision_knows_the_class_alone(ave, maps):
    dataset = build(ave, supervision="weakly")
    assert len(dataset) == 5
    samples = [dataset[index]["data_samples"] for index in range(5)]
    assert not any("gt_segment_labels" in sample for sample in samples)
    labels = np.stack([sample.gt_video_label for sample in samples])
    np.testing.assert_array_equal(labels, np.eye(29)[[22, 0, 0, 28, 28]])
    assert [sample.video_id for sample in samples[3:]] == ["noisy-0", "noisy-1"]
    for row in range(2):
        inputs = dataset[3 + row]["inputs"]
        np.testing.assert_array_equal(inputs["visual"], maps["noisy_visual"][row].astype("f4"))
        np.testing.assert_array_equal(inputs["audio"], maps["noisy_audio"][row].astype("f4"))
    assert dataset.get_cat_ids(4) == []
    test = build(ave, supervision="weakly", subset="val", test_mode=True)
    assert test[0]["data_samples"].gt_segment_labels.tolist() == [12] + [28] * 9


def test_shares_of_the_labels_by_an_option(ave):
    dataset = build(ave, supervision="weakly", video_label="proportion")
    samples = [dataset[index]["data_samples"] for index in range(5)]
    assert not any("gt_segment_labels" in sample for sample in samples)
    labels = np.stack([sample.gt_video_label for sample in samples])
    expected = np.zeros((5, 29))
    expected[0, 22], expected[0, 28] = 0.1, 0.9
    expected[1, 0] = expected[2, 28] = expected[3, 28] = expected[4, 28] = 1
    np.testing.assert_allclose(labels, expected, atol=1e-7)


@pytest.mark.run
def test_loader_processes_read_the_same(ave):
    dataset = build(ave)
    dataset[0]  # opens the files in this process
    loader = DataLoader(dataset, 2, num_workers=2, collate_fn=pseudo_collate)
    found = [x for batch in loader for x in batch["inputs"]["visual"]]
    for index, visual in enumerate(found):
        np.testing.assert_array_equal(visual, dataset[index]["inputs"]["visual"])


def test_a_subset_of_the_rows_and_no_features(ave):
    assert [i["row"] for i in infos(build(ave, indices=[2, 0]))] == [1, 3]
    with pytest.raises(InputError, match="dataset.features is missing: LoadSegmentFeatures"):
        build(ave, features=None)[0]


def rename(root, old, new):
    text = (root / "Annotations.txt").read_text()
    (root / "Annotations.txt").write_text(text.replace(old, new))


BAD = {
    "another category": (
        lambda root: rename(root, "Bark", "Bork"),
        "Annotations.txt: video 3: category: expected one of the 28 classes, got 'Bork'",
    ),
    "no features": (
        lambda root: (root / "audio_feature.h5").unlink(),
        "audio_feature.h5: no such file",
    ),
    "another number of rows": (
        lambda root: write_array(root / "audio_feature.h5", np.ones((5, 10, 2))),
        "audio_feature.h5: 'avadataset': expected shape (6, 10, 2), got (5, 10, 2)",
    ),
    "another width": (
        lambda root: write_array(root / "visual_feature.h5", np.ones((6, 10, 3, 3, 5))),
        "'avadataset': expected shape (6, 10, H, W, 4), got (6, 10, 3, 3, 5)",
    ),
    "another key": (
        lambda root: write_array(root / "visual_feature.h5", np.ones((6, 10, 3, 3, 4)), "x"),
        "visual_feature.h5: expected an array 'avadataset', got ['x']",
    ),
    "whole numbers": (
        lambda root: write_array(root / "audio_feature.h5", np.ones((6, 10, 2), int)),
        "'avadataset': expected floating point numbers, got type int64",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named(ave, name):
    spoil, message = BAD[name]
    spoil(ave)
    with pytest.raises(InputError) as caught:
        build(ave)
    assert message in str(caught.value)
    assert str(ave) in str(caught.value)


def test_noisy_videos_that_are_missing_can_be_done_without(ave):
    (ave / "audio_feature_noisy.h5").unlink()
    with pytest.raises(InputError, match=r"audio_feature_noisy\.h5: no such file.*noisy=False"):
        build(ave, supervision="weakly")
    assert len(build(ave, supervision="weakly", noisy=False)) == 3
    assert len(build(ave)) == 3


def test_nan_is_named_with_its_row(ave, maps):
    maps["audio"][3, 2, 1] = np.nan
    write_array(ave / "audio_feature.h5", maps["audio"])
    dataset = build(ave)
    dataset[1]
    with pytest.raises(
        InputError,
        match=r"audio_feature\.h5: 'avadataset'\[3\]: expected finite numbers, got 1 of 20 values",
    ):
        dataset[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            dict(subset="validation"),
            "AVEDataset.subset: expected some of ['train', 'val', 'test'], got ['validation']",
        ),
        (
            dict(supervision="semi"),
            "AVEDataset.supervision: expected 'fully' or 'weakly', got 'semi'",
        ),
        (dict(features="i3d"), "AVEDataset.features: expected 'map' or 'mean', got 'i3d'"),
        (
            dict(data_prefix=dict(sound="x")),
            "AVEDataset.data_prefix: expected 'audio', 'noisy_audio', 'noisy_visual', "
            "'orders', 'visual', got ['sound']",
        ),
        (dict(visual_dim=0), "AVEDataset.visual_dim: expected a number greater than 0, got 0"),
    ],
)
def test_bad_settings_are_named(ave, settings, message):
    with pytest.raises(InputError) as caught:
        build(ave, **settings)
    assert message in str(caught.value)
