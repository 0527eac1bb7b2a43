"""Timelines of several models as a tool."""

import pytest

from loco_mm.fileio import read_json, write_json

from ..apis.test_diagnosis import files  # noqa: F401
from .test_bad_input import refuse

TOOL = "analysis/qualitative.py"


def test_several_models_are_drawn_by_video(files, tmp_path, run_tool):  # noqa: F811
    predictions, annotations = files
    # The second model predicts nothing for one of the videos.
    results = read_json(predictions, "predictions")["results"]
    results.pop("a")
    write_json(tmp_path / "q.json", dict(results=results))
    out = tmp_path / "out"
    arguments = (annotations, predictions, tmp_path / "q.json", "--out-dir", out)
    with pytest.warns(UserWarning, match="q.json has no entry for video a: drawn without"):
        status, printed, error = run_tool(TOOL, *arguments, "--num", 2)
    assert status == 0, error
    # Videos with the most events.
    assert printed.splitlines() == [str(out / "a.png"), str(out / "b.png")]
    assert {path.name for path in out.iterdir()} == {"a.png", "b.png"}
    unknown = (*arguments, "--video-ids", "nowhere")
    refuse(run_tool(TOOL, *unknown), "no video 'nowhere': change --video-ids")
