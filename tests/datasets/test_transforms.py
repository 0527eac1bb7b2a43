"""Transforms, and the feature files they refuse."""

import numpy as np
import pytest

from loco_mm.datasets import LoadAVFeatures, PackAVInputs, RandomTemporalCrop, SegmentsToGrid
from loco_mm.errors import InputError
from loco_mm.structures import FeatureKind, TemporalGrid

from .conftest import FEATURES, GRID


def load(folder, features=FEATURES):
    kind = FeatureKind.from_config(features)
    return LoadAVFeatures()(dict(video_id="v", features_dir=str(folder), features=kind))


def test_loading_joins_files_and_cuts_to_the_shorter(tmp_path, write_features):
    folder = write_features(tmp_path, "v", steps=30, audio_steps=28)
    results = load(folder)
    assert results["visual"].shape == (28, 4)
    assert results["audio"].shape == (28, 3)
    assert results["visual"].dtype == results["audio"].dtype == np.float32
    parts = [np.load(folder / f"v_a{i}.npy") for i in (1, 2)]
    assert np.array_equal(results["audio"], np.concatenate(parts, 1))
    assert results["grid"] == TemporalGrid(16, 16, 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32])
def test_other_numbers_become_float32(tmp_path, write_features, dtype):
    folder = write_features(tmp_path, "v")
    np.save(folder / "v_v.npy", np.arange(37 * 4).reshape(37, 4).astype(dtype))
    assert load(folder)["visual"][1].tolist() == [4.0, 5.0, 6.0, 7.0]


def test_lengths_far_apart_warn_or_are_refused(tmp_path, write_features):
    folder = write_features(tmp_path, "v", steps=40, audio_steps=37)
    with pytest.warns(UserWarning, match="video v: 40 visual and 37 audio steps"):
        assert len(load(folder)["visual"]) == 37
    folder = write_features(tmp_path, "v", steps=40, audio_steps=35)
    with pytest.raises(InputError, match="40 visual and 35 audio steps .* within 10 %"):
        load(folder)
    # Two steps are nothing to speak of, even in a short video.
    folder = write_features(tmp_path, "v", steps=5, audio_steps=3)
    assert len(load(folder)["visual"]) == 3


def corrupt(folder, kind):
    path = folder / "v_v.npy"
    values = np.load(path)
    if kind == "missing":
        path.unlink()
    elif kind == "empty file":
        path.write_bytes(b"")
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[:150])
    elif kind == "no steps":
        np.save(path, values[:0])
    elif kind == "nan":
        values[3, 1] = np.nan
        values[4, 0] = np.inf
        np.save(path, values)
    elif kind == "width":
        np.save(path, values[:, :3])
    elif kind == "one axis":
        np.save(path, values[:, 0])
    elif kind == "text":
        np.save(path, values.astype(str))
    elif kind == "pickle":
        np.save(path, np.array([dict(x=1)], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "no such file; set dataset.missing_features='skip'"),
        ("empty file", "cannot be read as a .npy array"),
        ("cut", "cannot be read as a .npy array"),
        ("no steps", r"shape \(0, 4\) found, \(T, channels\) expected"),
        ("nan", "2 values are NaN or inf"),
        ("width", "3 visual channels found, 4 expected: change dataset.features.visual.dim and "),
        ("one axis", r"shape \(37,\) found"),
        ("text", "numbers expected"),
        ("pickle", "pickled objects are refused"),
    ],
)
def test_bad_feature_files_are_refused_by_name(tmp_path, write_features, kind, message):
    folder = write_features(tmp_path, "v")
    corrupt(folder, kind)
    with pytest.raises(InputError, match=message) as error:
        load(folder)
    assert "v_v.npy" in str(error.value)
    assert "\n" not in str(error.value)


def test_without_a_kind_of_features_or_a_length_it_is_said_what_is_missing():
    with pytest.raises(InputError, match=r"dataset\.features is missing"):
        LoadAVFeatures()(dict(video_id="v", features_dir="here", features=None))
    with pytest.raises(InputError, match=r"dataset\.max_len is missing"):
        RandomTemporalCrop()(dict(visual=np.zeros((3, 1)), max_len=None))


def test_a_crop_takes_its_length_from_the_dataset():
    found = RandomTemporalCrop()(results(60) | dict(max_len=24))
    assert len(found["visual"]) == 24


def results(steps, segments=(), seed=0):
    step = np.arange(steps, dtype=np.float32)[:, None]
    segments = np.array(segments, dtype=np.float32).reshape(-1, 2)
    return dict(
        visual=step,
        audio=step + 1000,
        segments=segments,
        labels=np.arange(len(segments)),
        rng=np.random.default_rng(seed),
    )


def test_seconds_become_grid_steps():
    found = SegmentsToGrid()(
        dict(
            grid=TemporalGrid(25, 24, 8),
            segments=np.array([[0.0, 1.6]], np.float32),
            labels=np.array([3]),
        )
    )
    np.testing.assert_allclose(found["segments"], [[-1.5, 3.5]], atol=1e-6)
    np.testing.assert_allclose(found["segments_sec"], [[0.0, 1.6]])
    assert found["labels_all"].tolist() == [3]


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_keeps_steps_and_events_together(seed):
    segments = [[-2.0, 8.0], [20.0, 30.0], [35.0, 61.0], [58.5, 59.5]]
    found = RandomTemporalCrop(max_len=24)(results(60, segments, seed))
    start = int(found["visual"][0, 0])
    assert np.array_equal(found["visual"][:, 0], np.arange(start, start + 24))
    assert np.array_equal(found["audio"], found["visual"] + 1000)
    kept = []
    for label, (low, high) in enumerate(segments):
        whole = (max(low, 0), min(high, 60))
        inside = max(0, min(whole[1], start + 24) - max(whole[0], start))
        if inside >= 0.5 * (whole[1] - whole[0]):
            kept.append(label)
            place = list(found["labels"]).index(label)
            low_end = low if start == 0 else max(low, start)
            high_end = high if start + 24 == 60 else min(high, start + 24)
            assert found["segments"][place].tolist() == [low_end - start, high_end - start]
    assert found["labels"].tolist() == kept
    assert kept


def test_an_event_is_kept_from_half_of_it_on():
    crop = RandomTemporalCrop(max_len=10)
    segments = np.array([[5.0, 15.0], [5.0, 15.2]])
    assert crop._kept(segments, 0, 10, 40).tolist() == [True, False]


def test_events_reach_a_margin_beyond_the_crop():
    crop = RandomTemporalCrop(max_len=10, margin=2)
    # 6 of 12 steps, and 5.8 of 12, lie before step 12.
    segments = np.array([[6.0, 18.0], [6.2, 18.2]])
    assert crop._kept(segments, 0, 10, 40).tolist() == [True, False]
    for seed in range(20):
        found = crop(results(40, [[6.0, 30.0], [-1.5, 16.0]], seed))
        start = int(found["visual"][0, 0])
        wanted = []
        for low, high in ([6.0, 30.0], [-1.5, 16.0]):
            low_end, high_end = max(low, start - 2), min(high, start + 12)
            if high_end - low_end >= 0.5 * (high - low):
                wanted.append([low_end - start, high_end - start])
        assert found["segments"].tolist() == wanted
        assert wanted


def test_a_shorter_video_keeps_nine_tenths_or_more():
    lengths = {len(RandomTemporalCrop(64)(results(40, seed=s))["visual"]) for s in range(60)}
    assert lengths == {36, 37, 38, 39, 40}


@pytest.mark.parametrize("steps", [1, 5, 300])
def test_corner_lengths(steps):
    for seed in range(5):
        found = RandomTemporalCrop(16)(results(steps, [[0.2, 0.4]] if steps < 9 else [], seed))
        assert 1 <= len(found["visual"]) <= 16
        assert len(found["segments"]) == len(found["labels"])


def test_a_crop_that_can_keep_no_event_ends():
    found = RandomTemporalCrop(max_len=4)(results(100, [[0.0, 100.0]]))
    assert found["segments"].shape == (0, 2)


@pytest.mark.parametrize(
    "settings",
    [dict(max_len=0), dict(crop_ratio=(0.9, 1.2)), dict(trunc_ratio=0.0), dict(margin=-1)],
)
def test_bad_crop_settings_are_refused(settings):
    with pytest.raises(InputError, match="RandomTemporalCrop"):
        RandomTemporalCrop(**(dict(max_len=8) | settings))


def test_packing_needs_no_copy_of_its_own():
    found = PackAVInputs()(
        dict(
            video_id="v",
            duration=2.0,
            grid=TemporalGrid(**GRID),
            visual=np.ones((6, 2), np.float32)[1:5],
            audio=np.ones((6, 3), np.float32)[1:5],
            segments=np.zeros((0, 2), np.float32),
            labels=np.zeros(0, np.int64),
            segments_sec=np.zeros((0, 2), np.float32),
            labels_all=np.zeros(0, np.int64),
        )
    )
    assert found["inputs"]["visual"].shape == (4, 2)
    assert found["data_samples"].gt_instances.segments.shape == (0, 2)
