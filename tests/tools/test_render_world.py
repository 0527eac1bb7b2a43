"""The tool that renders a world."""

import json

TOOL = "data/render_world.py"


def test_options_reach_the_world(run_tool, tmp_path):
    out = tmp_path / "w"
    options = ("--num-videos", 1, 0, 1, "--durations", 4, 5, "--seed", 7, "--num-classes", 3)
    status, text, _ = run_tool(TOOL, "--out", out, *options, "--share", 0.8)
    assert status == 0 and "wrote 3 files" in text
    world = json.loads((out / "world.json").read_text())["settings"]["world"]
    assert (world["seed"], world["num_classes"], world["share"]) == (7, 3, 0.8)
    assert len(list((out / "videos").glob("*.mp4"))) == 2
    status, text, _ = run_tool(TOOL, "--out", out, *options, "--share", 0.8)
    assert status == 0 and "contains this world already" in text


def test_bad_options(run_tool, tmp_path):
    status, _, error = run_tool(TOOL, "--out", tmp_path / "w", "--num-classes", 9)
    assert status == 2
    assert "error: synthetic world: num_classes=9 is out of range" in error
    assert not (tmp_path / "w").exists()
