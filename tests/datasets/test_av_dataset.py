"""Datasets, their samples, and missing files."""

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, pseudo_collate
from torch.utils.data import DataLoader

from loco_mm.datasets import AVDataset, UnAV100Dataset
from loco_mm.errors import InputError
from loco_mm.fileio import Description, describe_folder

from .conftest import FEATURES

PIPELINE = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", max_len=16),
    dict(type="PackAVInputs"),
]


def build(root, **settings):
    return AVDataset(data_root=str(root), **(dict(pipeline=PIPELINE, features=FEATURES) | settings))


def ids(dataset):
    return [dataset.get_data_info(index)["video_id"] for index in range(len(dataset))]


@pytest.fixture
def root(write, database, write_features):
    root = write(database)
    for video_id in database:
        write_features(root, video_id)
    return root


def test_a_split_and_its_samples(root):
    dataset = build(root, pipeline=[])
    assert ids(dataset) == ["a-1", "b_2", "c"]
    assert dataset.metainfo["classes"] == ("bark", "rain", "horn")
    sample = dataset[0]
    assert sample["segments"].tolist() == [[0.0, 4.5], [2.0, 9.0]]
    assert sample["labels"].tolist() == [0, 2]
    assert sample["duration"] == 10.0
    assert len(build(root, subset=["train", "test"])) == 4


def test_features_as_their_folder_describes_them(root):
    with pytest.raises(
        InputError,
        match=f"features: expected the file 'features.json' in {root}/av_features, got none",
    ):
        build(root, features="features.json")
    described = Description(extractor="x", version=1, settings={}, weights={}, features=FEATURES)
    describe_folder(root / "av_features", described)
    dataset = build(root, features="features.json")
    assert dataset.features == build(root).features
    assert dataset[0]["inputs"]["visual"].shape[1] == 4


def test_a_packed_sample(root):
    sample = build(root, pipeline=[PIPELINE[0], PIPELINE[1], PIPELINE[3]])[0]
    assert sample["inputs"]["visual"].shape == (37, 4)
    assert sample["inputs"]["audio"].shape == (37, 3)
    data = sample["data_samples"]
    assert data.video_id == "a-1"
    # (s * 16 - 8) / 4
    assert data.gt_instances.segments.tolist() == [[-2.0, 16.0], [6.0, 34.0]]
    assert data.gt_instances.labels.tolist() == [0, 2]
    assert data.gt_segments_sec.tolist() == [[0.0, 4.5], [2.0, 9.0]]
    assert data.gt_labels.tolist() == [0, 2]
    assert data.grid.step_seconds == 0.25


def draws(dataset, workers, seed=0, epochs=2):
    loader = DataLoader(
        dataset,
        batch_size=2,
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=DefaultSampler(dataset, shuffle=False),
        collate_fn=pseudo_collate,
    )
    found = []
    for epoch in range(epochs):
        dataset.set_randomness(seed, epoch)
        found.append([x for batch in loader for x in batch["inputs"]["visual"]])
    return found


@pytest.mark.run
def test_augmentation_depends_on_seed_epoch_and_index_only(root):
    alone, workers = draws(build(root), 0), draws(build(root), 2)
    for one, other in zip(alone, workers, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(*alone, strict=True))
    other_seed = draws(build(root), 0, seed=1)
    assert not all(torch.equal(a, b) for a, b in zip(alone[0], other_seed[0], strict=True))


def test_an_empty_split_is_refused(root):
    with pytest.raises(InputError, match=r"no video of subset validation.*\['test', 'train'\]"):
        build(root, subset="validation")


def test_a_missing_annotation_file_says_what_to_change(tmp_path):
    with pytest.raises(InputError, match=r"no such file.*dataset\.data_root or dataset\.ann_file"):
        build(tmp_path)


def test_missing_features_are_counted_and_named(root):
    for name in ("a-1_v.npy", "c_a2.npy"):
        (root / "av_features" / name).unlink()
    message = r"feature files of 2 of 3 videos of subset train are missing, the first: a-1_v.npy"
    with pytest.raises(InputError, match=message) as error:
        build(root)
    assert "missing_features='skip'" in str(error.value)
    with pytest.warns(UserWarning, match="2 of 3 videos"):
        dataset = build(root, missing_features="skip")
    assert ids(dataset) == ["b_2"]


def test_modalities_of_different_lengths_are_all_named_at_the_start(root, write_features):
    write_features(root, "a-1", steps=40, audio_steps=20)
    write_features(root, "c", steps=30, audio_steps=35)
    write_features(root, "d", steps=30, audio_steps=35)  # of another subset
    text = (
        r"features of 2 of 3 videos of subset train differ in length by more than 10 %: "
        r"a-1 \(40 and 20\), c \(30 and 35\) steps"
    )
    with pytest.raises(InputError, match=text):
        build(root)
    (root / "av_features" / "c_v.npy").unlink()
    with pytest.raises(InputError, match=r"1 of 3 .* are missing.*; visual .* 1 of 3 .*: a-1 \("):
        build(root)
    with pytest.warns(UserWarning, match="skipped"):
        dataset = build(root, missing_features="skip")
    assert ids(dataset) == ["b_2"]


def refused(root, **settings):
    with pytest.raises(InputError) as error:
        build(root, **settings)
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("steps", "found"),
    [(370, "370, one every 0.027 s"), (1, "1, one every 10 s"), (30, "30")],
)
def test_lengths_that_fit_no_duration_are_refused_with_both_grids(
    root, write_features, steps, found
):
    write_features(root, "b_2", steps=steps)
    text = refused(root)
    assert "features of 1 of 3 videos of subset train do not fit duration and grid" in text
    assert f"b_2 (10 s: expected 37 steps, got {found}" in text
    assert "the grid is fps=16, num_frames=16, stride=4 (a step every 0.25 s)" in text
    with pytest.warns(UserWarning, match="do not fit duration and grid"):
        assert ids(build(root, missing_features="skip")) == ["a-1", "c"]
    with pytest.warns(UserWarning, match="1 of 3 .* fit duration and grid only within 1000 %"):
        assert len(build(root, length_tolerance=10.0)) == 3


def test_features_of_another_grid_are_refused_and_the_grid_is_named(root, write_features):
    for video_id in ("a-1", "b_2", "c"):
        write_features(root, video_id, steps=29)
    text = refused(root)
    assert "features of 3 of 3 videos" in text
    assert "one every 0.345 s" in text
    assert "that of 'i3d-vggish' would fit: fps=25, num_frames=24, stride=8" in text
    assert "(a step every 0.32 s)" in text


def test_lengths_that_fit_roughly_are_counted(write, database, write_features):
    for video in database.values():
        video["duration"] = 100.0
    root = write(database)
    # 397 steps are expected.
    for video_id, steps in (("a-1", 391), ("b_2", 390), ("c", 430)):
        write_features(root, video_id, steps=steps)
    text = (
        r"features of 2 of 3 videos .* only within 10 %, the first: b_2 \(100 s: expected 397 "
        r"steps, got 390"
    )
    with pytest.warns(UserWarning, match=text) as record:
        dataset = build(root)
    assert len(record) == 1
    assert len(dataset) == 3
    assert "b_2" in refused(root, length_tolerance=0.01)


@pytest.mark.parametrize("tolerance", [-0.1, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_share_is_refused(root, tolerance):
    text = refused(root, length_tolerance=tolerance)
    assert text.startswith("AVDataset.length_tolerance: expected a ")
    assert f", got {tolerance}" in text


def test_class_names_may_come_from_a_text_file(root, tmp_path):
    path = tmp_path / "classes.txt"
    path.write_text("bark\nrain\nhorn\nwind\n")
    dataset = build(root, metainfo=dict(classes=str(path)))
    assert dataset.metainfo["classes"] == ("bark", "rain", "horn", "wind")
    for classes, text in (
        ("gone.txt", "class list gone.txt: no such file"),
        (
            ["bark", "rain", "horn", "rain"],
            "dataset.metainfo.classes: expected each name once, got 'rain' 2 times",
        ),
        (["bark", None, "horn"], r"dataset.metainfo.classes: [1]: expected a string, got None"),
    ):
        assert text in refused(root, metainfo=dict(classes=classes))


def test_a_bad_file_is_refused_at_the_start(root):
    np.save(root / "av_features" / "c_v.npy", np.zeros((37, 9)))
    with pytest.raises(InputError, match=r"c_v\.npy: expected 4 visual channels, got 9"):
        build(root)


def test_skipped_videos_of_a_test_are_left_to_the_metric(root):
    (root / "av_features" / "a-1_v.npy").unlink()
    with pytest.warns(UserWarning, match="1 of 3 videos"):
        train = build(root, missing_features="skip")
        test = build(root, missing_features="skip", test_mode=True)
        part = build(root, missing_features="skip", test_mode=True, indices=1)
    assert "skipped_videos" not in train.metainfo
    # A subset of the videos is evaluated alone.
    assert "skipped_videos" not in part.metainfo
    skipped = test.metainfo["skipped_videos"]
    assert list(skipped) == ["a-1"]
    assert skipped["a-1"].segments.tolist() == [[0.0, 4.5], [2.0, 9.0]]
    assert skipped["a-1"].labels.tolist() == [0, 2]


def test_at_most_five_missing_files_are_named(write, database):
    extra = {f"x{i}": database["c"] for i in range(10)}
    with pytest.raises(InputError, match="feature files of 13 of 13 videos") as error:
        build(write({**database, **extra}))
    assert str(error.value).count("_v.npy") == 5


def test_a_split_without_any_features_is_refused_even_when_skipping(write, database):
    with pytest.raises(InputError, match="feature files of 3 of 3"):
        build(write(database), missing_features="skip")


def test_unknown_option_is_refused(root):
    with pytest.raises(InputError, match="expected 'error' or 'skip', got 'ignore'"):
        build(root, missing_features="ignore")


def test_unav100_knows_its_classes(root):
    assert len(set(UnAV100Dataset.METAINFO["classes"])) == 100
    with pytest.raises(
        InputError,
        match=r"database\['a-1'\]\.annotations\[0\]: expected one of the 100 classes, got label "
        r"'bark' with label_id 0",
    ):
        UnAV100Dataset(data_root=str(root), pipeline=[])
    dataset = UnAV100Dataset(
        data_root=str(root), pipeline=[], metainfo=dict(classes=("bark", "rain", "horn"))
    )
    assert len(dataset) == 3


def test_the_real_annotations_make_a_dataset(shared):
    dataset = UnAV100Dataset(
        ann_file="unav100_annotations.json",
        data_root=str(shared / "data"),
        subset="test",
        pipeline=[],
    )
    assert len(dataset) == 2167
    lengths = [len(dataset.get_data_info(i)["labels"]) for i in range(0, 2167, 200)]
    assert min(lengths) >= 1
    assert isinstance(dataset[0]["segments"], np.ndarray)


def test_what_extracted_the_features_goes_into_checkpoints(root):
    grid = dict(fps=16, num_frames=16, stride=4)
    features = dict(FEATURES, grid=grid)
    folder = root / "av_features"
    assert "extractor" not in build(root, features=features).metainfo
    described = Description(
        extractor="mine", version=3, settings={}, weights={}, features=dict(grid=grid)
    )
    describe_folder(folder, described)
    found = build(root, features=features).metainfo["extractor"]
    assert found == described.model_dump(mode="json")
    (folder / "features.json").unlink()
    describe_folder(folder, described.model_copy(update=dict(features=dict(grid=dict(fps=8)))))
    with pytest.raises(
        InputError,
        match=r"features\.grid: expected \{'fps': 8\}, the description of .*, got \{'fps': 16",
    ):
        build(root, features=features)


def test_texts_in_metainfo_are_no_files(root, tmp_path, monkeypatch):
    """MMEngine would read the file of that name, or fail for a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("one\ntwo\n")
    for name in ("folder", "file", "neither"):
        assert build(root, metainfo=dict(dataset_type=name)).metainfo["dataset_type"] == name
