"""From videos and a table to a trained model, as in the documentation; and its parts."""

import csv
import glob
import json
import re
import shlex

import pytest

from loco_mm.exchange import EventTable, NamedEvent, VideoEvents, read_events, write_csv
from loco_mm.fileio import read_annotations
from loco_mm.worlds.rendered import make_rendered_plan

from ..apis.dataset_check.worlds import World
from ..comparing import ROOT

GUIDE = ROOT / "docs" / "own_dataset.md"


def test_a_check_tells_by_its_exit_status(run_tool, tmp_path):
    world = World()
    config = world.write(tmp_path)
    status, out, error = run_tool("data/check_dataset.py", config)
    assert status == 0, error
    assert "0 errors, 0 warnings, 0 notes" in out
    assert re.search(r"^videos +24 +4 +4$", out, re.M)
    world.database["train-0"]["annotations"] *= 2
    (tmp_path / "b").mkdir()
    status, out, _ = run_tool("data/check_dataset.py", world.write(tmp_path / "b"), "--per-class")
    assert status == 1
    assert re.search(
        r"^warning  train +duplicate-event +3 of 75 events are duplicates: train-0 dog", out, re.M
    )
    assert re.search(r"^horn +25 +4 +4$", out, re.M)
    report = tmp_path / "report.json"
    status, out, _ = run_tool(
        "data/check_dataset.py",
        config,
        "--out",
        report,
        "--cfg-options",
        "model.head.num_classes=4",
    )
    assert status == 2
    (finding,) = json.loads(report.read_text())["findings"]
    assert (finding["severity"], finding["check"]) == ("error", "num-classes")
    status, _, error = run_tool("data/check_dataset.py", config, "--out", config)
    assert status == 2 and "would replace the input" in error


@pytest.fixture
def events(tmp_path):
    found = dict(
        a=VideoEvents([NamedEvent(1, 2.5, "rain", 0.9), NamedEvent(3, 4, "dog", 0.1)]),
        b=VideoEvents([NamedEvent(0, 1, "dog", 0.5)]),
    )
    path = tmp_path / "predictions.csv"
    write_csv(path, EventTable(found))
    return path


def test_exporting(run_tool, events, tmp_path):
    videos = tmp_path / "videos"
    videos.mkdir()
    (videos / "b.mkv").touch()
    out = tmp_path / "review"
    status, text, error = run_tool(
        "data/export_events.py", events, out, "--to", "label-studio",
        "--media", videos, "--media-prefix", "/x/?d=",
    )  # fmt: skip
    assert status == 0, error
    assert f"wrote 2 events of 2 videos to {out}" in text
    tasks = json.loads((out / "tasks.json").read_text())
    assert [task["data"]["video"] for task in tasks] == ["/x/?d=a.mp4", "/x/?d=b.mkv"]
    status, *_ = run_tool(
        "data/export_events.py", events, tmp_path / "x.vtt", "--to", "vtt", "--score-thr", "0"
    )
    assert status == 0
    assert (tmp_path / "x.vtt" / "a.vtt").read_text().count("-->") == 2


def test_exporting_a_split_of_annotations(run_tool, tiny_world, tmp_path):
    annotations = tiny_world / "annotations" / "unav100_annotations.json"
    out = tmp_path / "x.csv"
    status, *_ = run_tool(
        "data/export_events.py", annotations, out, "--to", "csv", "--subset", "test"
    )
    assert status == 0
    content = read_annotations(annotations)
    expected = {k: len(v.events) for k, v in content.videos.items() if v.subset == "test"}
    assert {k: len(v.events) for k, v in read_events(out).videos.items()} == expected
    status, _, error = run_tool(
        "data/export_events.py", annotations, out, "--to", "csv", "--subset", "tset"
    )
    assert status == 2 and "no video of --subset tset" in error
    status, _, error = run_tool("data/export_events.py", out, out, "--to", "via")
    assert status == 2 and "would replace the input" in error


def test_importing(run_tool, events, tmp_path):
    rows = "a,1,2,rain,10\nb,0,11,dog,10\n"
    (tmp_path / "events.csv").write_text(f"video_id,start,end,label,duration\n{rows}")
    arguments = (tmp_path / "events.csv", "--out", tmp_path / "mine", "--split", "1", "0", "0")
    status, _, error = run_tool("data/import_annotations.py", *arguments)
    assert status == 2 and "b [0, 11] of 10 s: correct them, or clip them" in error
    status, out, error = run_tool("data/import_annotations.py", *arguments, "--clip")
    assert status == 0, error
    assert "warning: 1 event without length or outside the video" in out
    assert "wrote videos (2 train) and 2 classes to" in out and "loco_mine.py written" in out
    status, out, _ = run_tool("data/import_annotations.py", *arguments, "--clip")
    assert "loco_mine.py exists: not changed" in out


def commands_of_the_guide():
    block = re.search(r"^```bash\n(.*?)^```", GUIDE.read_text(), re.S | re.M)[1]
    return block.replace("\\\n", " ").strip().splitlines()


def test_the_guide_as_written(run_tool, tmp_path, monkeypatch):
    """Its five commands, on ten small generated videos; the training is shortened."""
    make_rendered_plan(dict(seed=0, durations=(5, 8)), dict(num_videos=(8, 1, 1))).write(
        tmp_path / "world"
    )
    content = read_annotations(tmp_path / "world" / "annotations" / "unav100_annotations.json")
    table = EventTable.of_annotations(content)
    for video in table.videos.values():
        video.duration = video.subset = None
    write_csv(tmp_path / "events.csv", table)
    (tmp_path / "world" / "videos").rename(tmp_path / "videos")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    commands = commands_of_the_guide()
    assert len(commands) == 5
    for command in commands:
        python, tool, *arguments = shlex.split(command)
        assert python == "python"
        if tool == "tools/train.py":
            arguments += ["--cfg-options", "train_cfg.max_epochs=2"]
        expanded = [name for text in arguments for name in sorted(glob.glob(text)) or [text]]
        status, out, error = run_tool(tool.removeprefix("tools/"), *expanded)
        # With so few videos, a class may be in one split only: a warning.
        assert status in ((0, 1) if "check_dataset" in command else (0,)), out + error
        if "check_dataset" in command:
            assert "0 errors" in out
    with open(tmp_path / "predictions.json") as file:
        results = json.load(file)["results"]
    assert len(results) == 2 and all(results.values())
    assert "mine/mAP" in out + error


def test_the_table_of_the_guide_is_one(tmp_path):
    block = re.search(r"^```\n(video_id.*?)^```", GUIDE.read_text(), re.S | re.M)[1]
    (tmp_path / "events.csv").write_text(block)
    table = read_events(tmp_path / "events.csv")
    assert table.videos["street"].events[1] == NamedEvent(62.5, 64, "car horn")
    assert len(list(csv.reader(block.splitlines()))) == 4
