"""The tool that tests a checkpoint with and without its adapters."""

import json

import torch

from loco_mm.apis import init_model, load_config

TOOL = "analysis/window_control.py"
SPREAD = "model.pyramid.attention.offset_spread=1.0"
FIXED = "model.pyramid.attention.adaptive=False"


def save_start(config, path, options):
    """The initial weights of a training."""
    model = init_model(load_config(str(config), options))
    torch.save(dict(state_dict=model.state_dict()), path)


def test_both_figures_and_all_windows_are_printed(tiny_config, run_tool, tmp_path):
    checkpoint, out = tmp_path / "start.pth", tmp_path / "control.json"
    # The initial weights, whose windows are already spread.
    save_start(tiny_config, checkpoint, {"model.pyramid.attention.offset_spread": 1.0})
    arguments = (tiny_config, checkpoint, "--work-dir", tmp_path / "w", "--cfg-options", SPREAD)
    status, text, error = run_tool(TOOL, *arguments, "--out", out)
    assert status == 0, error
    found = json.loads(out.read_text())
    assert found["adapted"].keys() == found["fixed"].keys()
    assert "synthetic/mAP" in found["adapted"]
    # Two levels with two streams, with two heads at -1 and 1 half windows.
    assert len(found["windows"]) == 4
    assert {figures["lac_offset"] for figures in found["windows"].values()} == {1.0}
    for name in (*found["adapted"], *found["windows"]):
        assert name in text


def test_fixed_windows_have_no_control(tiny_config, run_tool, tmp_path):
    save_start(tiny_config, tmp_path / "start.pth", {"model.pyramid.attention.adaptive": False})
    arguments = (tiny_config, tmp_path / "start.pth", "--work-dir", tmp_path / "w")
    status, _, error = run_tool(TOOL, *arguments, "--cfg-options", FIXED)
    assert status == 2
    assert "expected a WindowAttention with adaptive=True, got none" in error
