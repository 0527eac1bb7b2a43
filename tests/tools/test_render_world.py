"""The tool that renders a world."""

import json

from ..content_files import write_content

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
    assert "error: rendered world: num_classes: expected at most 6, got 9" in error
    assert not (tmp_path / "w").exists()


def test_pictures_and_recordings(run_tool, tmp_path):
    content = write_content(tmp_path / "content")
    options = ("--num-videos", 1, 0, 1, "--durations", 4, 5, "--content", content)
    status, text, _ = run_tool(TOOL, "--out", tmp_path / "w", *options)
    assert status == 0 and "wrote 3 files" in text
    (content / "red" / "0.wav").unlink()
    status, _, error = run_tool(TOOL, "--out", tmp_path / "w", *options)
    assert status == 2
    assert f"error: content {content}/red: expected at least a recording" in error
