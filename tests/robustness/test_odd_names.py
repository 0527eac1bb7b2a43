"""Names with formulas, markup, control codes or other writing directions are plain text."""

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from loco_mm.datasets import AVDataset

from ..tools.test_bad_input import refuse

NAMES = [
    "$x^2$",
    r"\frac{1}{0} $",
    "$\\unclosed{",
    "<b>bold</b> &amp; <script>",
    "[red]rich[/red] %s %(a)s {0}",
    "\x1b[2J\x1b]0;title\x07",
    "two\nlines\r",
    "right \u202eto left",
    "Größe 日本語 سلام",
    "n" * 200,
    "- --help",
]
_ORDERS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def files(tmp_path):
    """Annotations and predictions with each name as the id of a video and as a class."""
    database, results = {}, {}
    for number, name in enumerate(NAMES):
        segment = [0.0, 2.0 + number / 10]
        event = dict(segment=segment, label=name, label_id=number)
        # As an id, without path separators.
        video_id = re.sub(r"[/\\]", "|", name)
        # The last event is outside its video, and is counted in a warning.
        late = dict(segment=[90.0, 91.0], label=name, label_id=number)
        database[video_id] = dict(duration=10.0, subset="test", annotations=[event, late])
        results[video_id] = [dict(segment=segment, label=name, score=0.9)]
    database["first"] = dict(database.pop("$x^2$"), annotations=[])
    results["first"] = results.pop("$x^2$") + [dict(segment=[1, 12], label=NAMES[0], score=0.1)]
    annotations, predictions = tmp_path / "a.json", tmp_path / "p.json"
    annotations.write_text(json.dumps(dict(database=database, classes=NAMES)))
    predictions.write_text(json.dumps(dict(results=results)))
    return predictions, annotations


def assert_plain(*texts):
    for text in texts:
        assert not _ORDERS.search(text), _ORDERS.search(text)


@pytest.mark.filterwarnings("ignore:Glyph .* missing")
def test_tools_print_and_draw_them_as_text(files, run_tool, tmp_path):
    status, out, error = run_tool("evaluate.py", *files, "--per-class")
    assert status == 0, error
    assert_plain(out, error)
    rows = {line.strip().partition("  ")[2] for line in out.splitlines()}
    shown = [r"\x1b[2J\x1b]0;title\x07", r"two\nlines\r", r"right \u202eto left"]
    assert {*NAMES[1:5], *NAMES[8:], *shown} <= rows
    arguments = *files, "--out-dir", tmp_path / "png", "--num", 20
    status, out, error = run_tool("analysis/plot_timelines.py", *arguments)
    assert status == 0, error
    assert_plain(out, error)
    assert len(out.splitlines()) == len(NAMES)
    assert len(list((tmp_path / "png").iterdir())) == len(NAMES)
    arguments = *files, "--out-dir", tmp_path / "png", "--video-ids", "\x1b[2J"
    result = run_tool("analysis/plot_timelines.py", *arguments)
    assert_plain(*result[1:])
    refuse(result, r"no video '\x1b[2J'")


def test_a_terminal_without_their_letters_shows_them_escaped(files, run_tool, monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run_tool("evaluate.py", *files, "--per-class")[0] == 0
    assert rb"Gr\xf6\xdfe \u65e5\u672c\u8a9e" in terminal.buffer.getvalue()


def test_files_of_odd_bytes_are_written_and_printed(files, run_tool, tmp_path):
    out = f"{tmp_path}/figures \udcff\x1b[2J.json"
    status, text, error = run_tool("evaluate.py", *files, "--out", out)
    assert status == 0, error
    assert "average_mAP" in Path(out).read_text()
    out = f"{tmp_path}/png \udcff\x1b[2J"
    status, text, error = run_tool("analysis/plot_timelines.py", *files, "--out-dir", out)
    assert status == 0, error
    assert_plain(text, error)
    assert r"png \udcff\x1b[2J/" in text
    status, text, error = run_tool("evaluate.py", out, files[1])
    assert_plain(text, error)
    refuse(
        (status, text, error),
        r"prediction file",
        r"png \udcff\x1b[2J: expected a file, got a folder",
    )


def test_a_dataset_reads_and_warns_of_them(files, tmp_path):
    features = dict(
        grid=dict(fps=1, num_frames=1, stride=1),
        visual=dict(dim=4, suffixes=["_v.npy"]),
        audio=dict(dim=4, suffixes=["_a.npy"]),
    )
    folder = tmp_path / "av_features"
    folder.mkdir()
    for video_id in json.loads(files[1].read_text())["database"]:
        if video_id != NAMES[5]:
            for suffix in ("_v.npy", "_a.npy"):
                np.save(folder / f"{video_id}{suffix}", np.ones((10, 4), np.float32))
    with pytest.warns(UserWarning) as caught:
        dataset = AVDataset(
            "a.json", str(tmp_path), subset="test", features=features, missing_features="skip"
        )
        assert len(dataset) == len(NAMES) - 1
    texts = [str(warning.message) for warning in caught]
    assert_plain(*texts)
    assert any(r"\x1b[2J\x1b]0;title\x07" in text for text in texts)
