"""Events of a running video, printed by a tool."""

import io
import json
import sys
from types import SimpleNamespace

from loco_mm.apis import AVEventInferencer

from ..apis.small_localizer import small_checkpoint, small_config
from ..media_files import write_flash
from .test_bad_input import refuse


def test_events_of_a_file_and_of_a_pipe(run_tool, tmp_path, monkeypatch):
    config = small_config(tmp_path / "small.py")
    # In a work dir, so that the choice of the checkpoint is logged.
    (tmp_path / "work").mkdir()
    small_checkpoint(tmp_path / "work" / "best_mAP_epoch_1.pth", config)
    checkpoint = tmp_path / "work"
    path = write_flash(tmp_path / "a.ts", fps=10, seconds=14)
    options = ("--windows", "32:16", "--score-thr", 0.3, "--timeout", 0, "--device", "cpu")
    status, text, error = run_tool("stream.py", path, config, checkpoint, *options)
    assert status == 0, error
    rows = [json.loads(line) for line in text.splitlines()]
    running = AVEventInferencer(
        config, checkpoint, device="cpu", windows=dict(size=32, overlap=16), stream=True
    )
    wanted = [event._asdict() for event in running(path, score_thr=0.3, timeout=0)]
    assert rows == json.loads(json.dumps(wanted))
    assert len(rows) > 20 and rows[0]["time"] < 11 and rows[0]["video_id"] == "a"
    data = (tmp_path / "a.ts").read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    status, text, error = run_tool("stream.py", "-", config, checkpoint, *options)
    assert status == 0, error
    assert [json.loads(line)["segment"] for line in text.splitlines()] == [
        row["segment"] for row in rows
    ]
    for more, message in (
        (("--windows", "a"), "--windows: expected SIZE or SIZE:OVERLAP in steps, got a"),
        (("--windows", "33"), "windows.size: expected a multiple of"),
        (("--options", "a=1"), "--options: expected --extractor"),
    ):
        refuse(run_tool("stream.py", path, config, checkpoint, *more), message)


def test_the_table_of_running_and_complete_videos(tiny_config, tiny_checkpoint, run_tool):
    tool, more = "analysis/stream_agreement.py", ("--score-thr", 0.02, "--windows", "32", "8:4")
    status, text, error = run_tool(tool, tiny_config, tiny_checkpoint, *more)
    assert status == 0, error
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("|")]
    assert [row[0] for row in rows[2:]] == ["| 32", "| 8:4"]
    assert rows[2][1:3] == [rows[2][1]] * 2
    assert rows[2][4:7] == [rows[2][4]] * 3
    assert rows[2][-1] == "0% |" != rows[3][-1]
