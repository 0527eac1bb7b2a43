"""Checks of whole datasets, with and without problems."""

import json

import numpy as np
import pytest

from loco_mm.apis import check_dataset
from loco_mm.errors import InputError
from loco_mm.worlds.synthetic import make_segment_plan

from ...comparing import CONFIGS
from .worlds import World


def checks_of(report):
    return {(finding.check, finding.where, finding.count) for finding in report.findings}


def test_a_sound_data_set(tmp_path):
    report = check_dataset(World().write(tmp_path))
    assert checks_of(report) == set()
    assert report.exit_status == 0 and report.severity is None
    assert set(report.splits) == {"train", "validation", "test"}
    figures = report.splits["train"]
    assert figures["videos"] == 24 and figures["events"] == 72 and figures["classes"] == 3
    assert figures["hours"] == pytest.approx(24 * 15 / 3600)
    # Events [1, 3], [2, 5], [3, 7]: the second overlaps both others, which only touch.
    assert figures["event, s (median)"] == 3 and figures["event, s (greatest)"] == 4
    assert figures["events that overlap, %"] == 100
    assert figures["events shorter than a step, %"] == 0
    assert figures["events without a point, %"] == 0
    assert figures["shift, steps"] == 0
    assert report.classes == {
        name: dict(train=24, validation=4, test=4) for name in ("dog", "rain", "horn")
    }


def spoil(world):
    """One problem of each kind, and the expected message."""
    data, features = world.database, world.features
    data["train-0"]["annotations"][0]["segment"] = ["soon", 2]
    data["train-1"]["annotations"][0]["label"] = "cat"
    data["train-2"]["annotations"][0]["segment"] = [14, 20]
    del features["train-3"]
    features["train-4"][0][5, 3] = np.nan
    features["train-5"][1] = features["train-5"][1][:, :7]
    features["train-6"] = [array[:20] for array in features["train-6"]]
    features["train-7"][1] = features["train-7"][1][:30]
    features["train-8"] = [array[:54] for array in features["train-8"]]
    features["train-9"][0][:] = 1
    features["train-10"] = features["test-0"]
    features["train-11"] = features["train-12"]
    data["train-13"]["annotations"].append(world.event(1, 3, 0))
    data["train-14"]["annotations"] = [world.event(5.05, 5.2, 1)]
    data["train-15"]["annotations"] = []
    long = World((1, 0, 0), duration=20.0)
    data["train-16"], features["train-16"] = (x["train-0"] for x in (long.database, long.features))
    return {
        ("annotations", "all", 2): ("error", ["train-0", "train-1"]),
        ("outside-video", "all", 1): ("warning", ["train-2 [14, 20] of 15 s"]),
        ("missing-file", "train", 1): ("error", ["train-3_v.npy"]),
        ("unreadable", "train", 2): ("error", ["train-4_v.npy", "train-5_a.npy"]),
        ("length", "train", 1): ("error", ["train-6 (15 s: expected 59 steps, got 20)"]),
        ("modalities-apart", "train", 1): ("error", ["train-7 (59 and 30 steps)"]),
        ("loose-length", "train", 1): ("warning", ["train-8 (15 s: expected 59 steps, got 54)"]),
        ("still", "train", 1): ("warning", ["train-9 (visual, 100 %)"]),
        ("duplicate-event", "train", 1): ("warning", ["train-13 dog [1, 3]"]),
        ("same-class", "train", 1): ("note", ["train-13 dog [1, 3]"]),
        ("short-event", "train", 1): ("warning", ["train-14 rain [5.05, 5.2]"]),
        ("unreached-event", "train", 1): ("warning", ["train-14 rain [5.05, 5.2]"]),
        ("no-events", "train", 1): ("note", ["train-15"]),
        ("long-video", "train", 1): ("note", ["train-16 (79 of 64 steps)"]),
        ("same-features", "all", 1): ("warning", None),
        ("num-classes", "all", None): ("error", None),
    }


def test_everything_is_said_at_once(tmp_path):
    world = World()
    expected = spoil(world)
    config = world.write(tmp_path)
    report = check_dataset(config, {"model.head.num_classes": 5})
    assert checks_of(report) == set(expected)
    for finding in report.findings:
        severity, examples = expected[finding.check, finding.where, finding.count]
        assert finding.severity == severity, finding
        for text, example in zip(examples or [], finding.examples, strict=examples is not None):
            assert text in example
    shared = [f.examples for f in report.findings if f.check == "same-features"]
    assert shared == [
        ("train-10 (train) = test-0 (test)",),
        ("train-11 (train) = train-12 (train)",),
    ]
    assert report.exit_status == 2
    figures = report.splits["train"]
    # Two videos cannot be read; one event is added, and 1 + 2 + 3 are removed.
    assert (figures["videos"], figures["events"]) == (22, 22 * 3 - 5)
    assert figures["events shorter than a step, %"] == pytest.approx(100 / 61)
    assert figures["events without a point, %"] == pytest.approx(100 / 61)
    content = json.loads(json.dumps(report.to_json()))
    assert content["severity"] == "error" and len(content["findings"]) == len(report.findings)
    assert [f["severity"] for f in content["findings"]] == sorted(
        [f.severity for f in report.findings], key=["error", "warning", "note"].index
    )


@pytest.mark.parametrize("shift", [-7, -1, 1, 4])
def test_a_sound_that_lags_is_found(tmp_path, shift):
    report = check_dataset(World(shift=shift).write(tmp_path))
    assert report.splits["train"]["shift, steps"] == shift
    (finding,) = (f for f in report.findings if f.check == "shift" and f.where == "train")
    assert finding.severity == ("note" if abs(shift) == 1 else "warning")
    way = "late" if shift > 0 else "early"
    assert f"{abs(shift)} steps ({abs(shift) / 4:g} s) {way}" in finding.message


def test_classes_that_are_not_trained(tmp_path):
    world = World()
    for name, video in world.database.items():
        unknown = 2 if name.startswith("train") else 1
        video["annotations"] = [x for x in video["annotations"] if x["label_id"] != unknown]
    world.database["train-0"]["annotations"] = [world.event(1, 2, 1)]
    for number in range(16):
        world.database[f"train-{number}"]["annotations"][1:] = []
    report = check_dataset(world.write(tmp_path))
    found = {f.check: (f.severity, f.examples) for f in report.findings}
    assert found["untrained-class"] == ("warning", ("horn",))
    assert found["rare-class"] == ("note", ("rain (9)",))
    world.database["train-1"]["annotations"] = [world.event(1, 2, 2)]
    for name in ("validation", "test"):
        for number in range(4):
            world.database[f"{name}-{number}"]["annotations"] = []
    (tmp_path / "b").mkdir()
    report = check_dataset(world.write(tmp_path / "b"), {"train_dataloader.dataset.subset": "test"})
    assert report.exit_status == 1
    unused = next(f for f in report.findings if f.check == "unused-class")
    assert unused.severity == "warning"


def test_two_data_sets_of_one_split(tmp_path):
    """They are concatenated in a wrapper, and each is checked separately."""
    (tmp_path / "b").mkdir()
    first = World().write(tmp_path)
    World((5, 4, 4), seed=1).write(tmp_path / "b")
    joined = tmp_path / "joined.py"
    roots = [str(tmp_path / "data"), str(tmp_path / "b" / "data")]
    joined.write_text(
        f"""
_base_ = {first!r}
features = dict(
    kind="spectral",
    visual=dict(suffixes=["_v.npy"], dim=12),
    audio=dict(suffixes=["_a.npy"], dim=8),
)
shared = dict(type="AVDataset", ann_file="annotations.json", features=features, pipeline=[])
parts = [dict(**shared, data_root=root) for root in {roots}]
train_dataloader = dict(dataset=dict(_delete_=True, type="ConcatDataset", datasets=parts))
"""
    )
    report = check_dataset(str(joined))
    found = {name: split["videos"] for name, split in report.splits.items()}
    assert found == {"train": 24, "train (2)": 5, "validation": 4, "test": 4}
    assert report.classes["dog"]["train (2)"] == 5


def test_a_split_that_is_not_there_and_a_file_that_is_none(tmp_path):
    config = World((4, 4, 0)).write(tmp_path)
    report = check_dataset(config)
    (finding,) = (f for f in report.findings if f.severity == "error")
    assert (finding.where, finding.message) == (
        "test",
        "no video of this split, the file has ['train', 'validation']",
    )
    (tmp_path / "data" / "annotations.json").write_text("{")
    report = check_dataset(config)
    (finding,) = report.findings
    assert finding.message.startswith("annotation file ") and "JSON" in finding.message
    assert report.exit_status == 2 and report.splits == {}


def test_a_grid_that_is_another_than_the_extractor_tells(tmp_path):
    config = World().write(tmp_path)
    described = dict(
        extractor="spectral", version=1, settings={}, weights={}, features=dict(grid={"fps": 8})
    )
    (tmp_path / "data" / "av_features" / "features.json").write_text(json.dumps(described))
    errors = [f for f in check_dataset(config).findings if f.severity == "error"]
    assert [(f.check, f.where) for f in errors] == [
        ("description", name) for name in ("train", "validation", "test")
    ]
    assert "has the grid {'fps': 8}, but the config {'fps': 16" in errors[0].message


def test_a_config_without_data(tmp_path):
    config = tmp_path / "config.py"
    config.write_text(f'_base_ = "{CONFIGS}/_base_/models/loco.py"\n')
    with pytest.raises(InputError, match="expected an audio-visual dataset, got none"):
        check_dataset(str(config))


def test_segments_with_labels(tmp_path):
    plan = make_segment_plan(
        dict(num_classes=28), dict(layout="ave", num_videos=[6, 2, 2], num_noisy=1, widths=[6, 4])
    )
    plan.write(tmp_path / "ave")
    config = tmp_path / "config.py"
    lines = [f'_base_ = "{CONFIGS}/loco_ave_fully.py"']
    for split in ("train", "val", "test"):
        data = f"data_root={str(tmp_path / 'ave')!r}, visual_dim=6, audio_dim=4, mean_cache=None"
        lines.append(f"{split}_dataloader = dict(dataset=dict({data}))")
    lines.append("model = dict(encoder=dict(visual_dim=6, audio_dim=4))")
    config.write_text("\n".join(lines))
    report = check_dataset(str(config))
    assert [f for f in report.findings if f.severity == "error"] == []
    assert {name: split["videos"] for name, split in report.splits.items()} == dict(
        train=6, val=2, test=2
    )
    assert sum(counts["train"] for counts in report.classes.values()) == 6
    import h5py

    with h5py.File(tmp_path / "ave" / "audio_feature.h5", "r+") as file:
        file["avadataset"][2] = np.nan
        file["avadataset"][4] = 1.0
    found = {
        (f.check, f.count) for f in check_dataset(str(config)).findings if f.severity != "note"
    }
    assert {("unreadable", 1), ("still", 1)} <= found
    (tmp_path / "ave" / "visual_feature.h5").unlink()
    report = check_dataset(str(config))
    assert {f.where for f in report.findings if f.severity == "error"} >= {"train", "val", "test"}
