"""Tools that look into models and datasets."""

import json

import pytest
import torch

from loco_mm.apis import init_model, load_config

from .test_bad_input import refuse


@pytest.fixture
def checkpoint(tiny_config, tmp_path):
    path = tmp_path / "start.pth"
    torch.save(dict(state_dict=init_model(load_config(str(tiny_config))).state_dict()), path)
    return path


def test_similarities_of_two_models(tiny_config, checkpoint, tmp_path, run_tool):
    out = tmp_path / "out"
    arguments = (tiny_config, checkpoint) * 2
    names = ("--names", "with", "again")
    tool = "analysis/cross_similarity.py"
    status, text, error = run_tool(tool, *arguments, *names, "--num", 2, "--out-dir", out)
    assert status == 0, error
    found = json.loads((out / "similarity.json").read_text())
    assert list(found) == ["with", "again"]
    assert found["with"] == found["again"]
    assert list(found["with"]) == ["encoder output", "LCF embedding"]
    values = [f"{value:.3f}" for value in found["with"]["encoder output"].values()]
    assert f"| with | encoder output | {' | '.join(values)} |" in text
    assert len(list(out.glob("*.png"))) == 2
    refuse(run_tool(tool, tiny_config, "--out-dir", out), "expected a config and a checkpoint per")
    unknown = (*arguments, *names, "--out-dir", out, "--video-ids", "nowhere")
    refuse(run_tool(tool, *unknown), "--video-ids: expected videos of", "'nowhere'")


def test_windows_of_all_heads(tiny_config, checkpoint, tmp_path, run_tool):
    out = tmp_path / "out"
    status, text, error = run_tool(
        "analysis/attention.py", tiny_config, checkpoint, "--out-dir", out
    )
    assert status == 0, error
    (picture,) = out.glob("*.png")
    found = json.loads(picture.with_suffix(".json").read_text())
    # Two levels of two streams, with two heads each.
    assert len(found) == 4
    assert all(len(targets) == 2 for x in found.values() for targets in x["targets"])
    rows = [line for line in text.splitlines() if line.startswith("| pyramid.")]
    assert len(rows) == 8


def test_samples_of_a_training_and_of_a_test(tiny_config, tmp_path, run_tool):
    out, tool = tmp_path / "out", "analysis/browse_dataset.py"
    status, text, error = run_tool(
        tool, tiny_config, "--out-dir", out, "--num", 1, "--epochs", 0, 1
    )
    assert status == 0, error
    assert len(text.splitlines()) == len(list(out.glob("*_epoch[01].png"))) == 2
    arguments = (tool, tiny_config, "--out-dir", out, "--phase", "test")
    status, text, error = run_tool(*arguments, "--num", 1)
    assert status == 0, error
    assert len(list(out.glob("*.png"))) == 3
    refuse(run_tool(*arguments, "--video-ids", "nowhere"), "test_dataloader.dataset")
