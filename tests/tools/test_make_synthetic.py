"""The tool that writes a synthetic world."""

import json

import h5py
import numpy as np
import pytest

from loco_mm.worlds.synthetic import WorldFiles

TOOL = "data/make_synthetic.py"
SMALL = ("--num-videos", 2, 1, 1, "--widths", 6, 4, "--num-classes", 3, "--durations", 4, 6)


def read(root):
    return json.loads((root / "annotations" / "unav100_annotations.json").read_text())


def test_options_reach_the_world(run_tool, tmp_path):
    out = tmp_path / "w"
    status, text, _ = run_tool(TOOL, "--out", out, *SMALL, "--seed", 7, "--layout", "i3d-vggish")
    assert status == 0
    assert "wrote 14 files" in text
    settings = json.loads((out / "world.json").read_text())["settings"]
    assert settings["world"]["seed"] == 7
    assert settings["layouts"] == ["i3d-vggish"]
    content = read(out)
    assert len(content["classes"]) == 3
    assert all(4 <= video["duration"] <= 6 for video in content["database"].values())
    names = sorted(content["database"])
    files = sorted(path.name for path in (out / "av_features").iterdir())
    assert files == sorted(f"{n}_{kind}.npy" for n in names for kind in ("rgb", "flow", "vggish"))
    assert np.load(out / "av_features" / f"{names[0]}_vggish.npy").shape[1] == 4


def test_a_named_world_and_what_is_written_without_options(run_tool, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(WorldFiles, "write", lambda plan, *_, **__: asked.append(plan.name))
    run_tool(TOOL, "--out", tmp_path / "w")
    run_tool(TOOL, "--out", tmp_path / "w", "--world", "minute")
    run_tool(TOOL, "--out", tmp_path / "w", "--seed", 0)
    run_tool(TOOL, "--out", tmp_path / "w", "--world", "timelines", "--annotations", "x.json")
    assert asked == ["short-v1", "minute-v1", "synthetic", "timelines-v1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--world", "short", "--seed", 0), "--seed does not go with --world short"),
        (("--world", "minute", "--layout", "ave"), "--layout does not go with --world minute"),
        (("--world", "short", "--annotations", "x"), "--annotations does not go with --world"),
        (
            ("--world", "timelines"),
            "expected the annotation file of UnAV-100 with 'timelines', got none",
        ),
    ],
)
def test_a_named_world_takes_no_other_options(run_tool, tmp_path, options, message):
    status, _, error = run_tool(TOOL, "--out", tmp_path / "w", *options)
    assert status == 2
    assert message in error
    assert not (tmp_path / "w").exists()


def test_shuffled_training_labels(run_tool, tmp_path):
    many = ("--num-videos", 20, 1, 1, *SMALL[4:])
    run_tool(TOOL, "--out", tmp_path / "a", *many)
    run_tool(TOOL, "--out", tmp_path / "b", *many, "--shuffle-train-labels")
    a, b = (read(tmp_path / name)["database"] for name in "ab")
    differ = {name for name in a if a[name] != b[name]}
    assert differ
    assert {a[name]["subset"] for name in differ} == {"train"}


SEGMENTS = ("--num-videos", 3, 1, 2, "--widths", 4, 2, "--num-classes", 5)


@pytest.mark.parametrize(("layout", "count"), [("ave", 8), ("vggsound-avel", 2 + 3 * 6)])
def test_worlds_with_a_label_for_each_second(run_tool, tmp_path, layout, count):
    out = tmp_path / "w"
    status, text, _ = run_tool(TOOL, "--out", out, "--layout", layout, *SEGMENTS, "--seed", 3)
    assert status == 0
    assert f"wrote {count} files" in text
    settings = json.loads((out / "world.json").read_text())["settings"]
    assert settings["world"]["seed"] == 3
    assert settings["widths"] == [4, 2]
    status, text, _ = run_tool(TOOL, "--out", out, "--layout", layout, *SEGMENTS, "--seed", 3)
    assert "contains this world already" in text


def test_labels_and_splits_of_ave(run_tool, tmp_path):
    given, out = tmp_path / "given", tmp_path / "w"
    run_tool(TOOL, "--out", given, "--layout", "ave", *SEGMENTS)
    status, *_ = run_tool(TOOL, "--out", out, "--ave", given, "--widths", 2, 2, "--cells", 3)
    assert status == 0
    names = ["Annotations.txt", "train_order.h5", "val_order.h5", "test_order.h5"]
    assert all((given / name).read_bytes() == (out / name).read_bytes() for name in names)
    with (
        h5py.File(out / "visual_feature.h5") as visual,
        h5py.File(out / "audio_feature_noisy.h5") as noisy,
    ):
        assert visual["avadataset"].shape == (6, 10, 3, 3, 2)
        assert noisy["avadataset"].shape == (178, 10, 2)  # as many as AVE has


@pytest.mark.parametrize(
    "options",
    [
        ("--layout", "ave", "--durations", 3, 4),
        ("--layout", "both", "--ave", "x"),
        ("--layout", "onepeace", "--cells", 1),
    ],
)
def test_options_of_another_world_are_refused(run_tool, tmp_path, options):
    status, _, error = run_tool(TOOL, "--out", tmp_path / "w", *options)
    assert status == 2
    assert f"{options[2]} does not go with --layout {options[1]}" in error


def test_a_folder_that_is_no_world_survives_overwrite(run_tool, tmp_path):
    (tmp_path / "unav100").mkdir()
    (tmp_path / "unav100" / "real.npy").write_text("features")
    status, _, error = run_tool(TOOL, "--out", tmp_path / "unav100", *SMALL, "--overwrite")
    assert status == 2
    assert "unav100: not empty, and not a synthetic world" in error
    assert "Traceback" not in error
    assert (tmp_path / "unav100" / "real.npy").read_text() == "features"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", -1), "seed=-1 is out of range"),
        (("--num-videos", 0, 0, 0), "num_videos=(0, 0, 0)"),
        (("--durations", 3, 2), "durations=(3.0, 2.0) is out of range"),
        (("--annotations", "gone.json"), "annotation file gone.json: no such file"),
    ],
)
def test_bad_options_are_named_in_one_line(run_tool, tmp_path, options, message):
    status, _, error = run_tool(TOOL, "--out", tmp_path / "w", *options)
    assert status == 2
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "w").exists()
