"""Curves of trainings as a tool."""

from ..apis.test_training_logs import FIRST, write_log
from .test_bad_input import refuse

TOOL = "analysis/analyze_logs.py"


def test_a_table_and_a_plot_of_two_runs(tmp_path, run_tool):
    runs = [tmp_path / name for name in ("a", "b")]
    for run in runs:
        write_log(run, "20260101_000000", FIRST)
    plot = tmp_path / "new" / "curves.png"
    status, out, error = run_tool(TOOL, *runs, "--names", "first", "second", "--out", plot)
    assert status == 0, error
    rows = [line.split(" | ")[0] for line in out.splitlines()[2:4]]
    assert rows == ["| first", "| second"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    refuse(run_tool(TOOL, *runs, "--out", tmp_path / "x.txt"), "ends with .png or .svg")
    refuse(run_tool(TOOL, *runs, "--keys", "los"), "--keys: expected some of data_time, loss,")
    refuse(run_tool(TOOL, tmp_path), "expected the work dir of a training")
