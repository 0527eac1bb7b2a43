"""Error analysis as a tool."""

import json

from loco_mm.fileio import write_json

from ..apis.test_diagnosis import files  # noqa: F401


def test_tables_figure_and_json_are_written(files, tmp_path, run_tool):  # noqa: F811
    out = tmp_path / "out"
    status, printed, error = run_tool("analysis/diagnose.py", *files, "--out-dir", out)
    assert status == 0, error
    text = (out / "diagnosis.md").read_text()
    assert text in printed
    assert "| length | up to 2 s | 1 | 0.0 | 100.0 |" in text
    assert json.loads((out / "diagnosis.json").read_text())["num_events"] == 4
    assert (out / "diagnosis.png").read_bytes().startswith(b"\x89PNG")
    names = {path.name for path in out.iterdir()}
    assert names == {"diagnosis.md", "diagnosis.json", "diagnosis.png"}


def test_predictions_of_unknown_videos_are_refused(files, tmp_path, run_tool):  # noqa: F811
    predictions, annotations = files
    write_json(predictions, dict(results=dict(other=[])))
    out = tmp_path / "out"
    arguments = (predictions, annotations, "--out-dir", out)
    status, _, error = run_tool("analysis/diagnose.py", *arguments)
    assert status == 2
    assert "p.json" in error and "'other'" in error
    assert not out.exists()
