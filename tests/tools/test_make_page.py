"""A page from predictions and annotations."""

import json

import pytest

from ..media_files import write_flash
from .test_bad_input import refuse

TOOL = "analysis/make_page.py"


@pytest.fixture
def given(tmp_path):
    event = dict(segment=[1.0, 2.0], label="bark", label_id=0)
    video = dict(duration=6.0, subset="test", annotations=[event])
    database = dict.fromkeys("ab", video) | dict(c=dict(video, subset="train"))
    (tmp_path / "truth.json").write_text(json.dumps(dict(database=database)))
    found = dict(a=[dict(segment=[1.0, 2.5], label="bark", score=0.75)])
    (tmp_path / "found.json").write_text(json.dumps(dict(results=found)))
    (tmp_path / "media").mkdir()
    write_flash(tmp_path / "media" / "b.mp4", fps=10)
    return tmp_path / "found.json", tmp_path / "truth.json", "--out", tmp_path / "x.html"


def data_of(path):
    text = path.read_text()
    return json.loads(text.split('id="data">')[1].split("</script>")[0])


def test_a_split_and_its_videos(given, run_tool, tmp_path):
    with pytest.warns(UserWarning, match="1 of 2 videos of subset 'test' have no entry"):
        status, out, error = run_tool(TOOL, *given, "--media", tmp_path / "media")
    assert status == 0, error
    assert f"wrote 2 videos to {tmp_path}/x.html" in out
    data = data_of(tmp_path / "x.html")
    assert [video["id"] for video in data["videos"]] == ["a", "b"]
    assert data["videos"][0]["pred"] == [[1.0, 2.5, 0, 0.75]]
    assert data["videos"][1]["gt"] == [[1.0, 2.0, 0]]
    assert data["videos"][0]["wave"] is None and data["videos"][1]["wave"]
    assert data["diagnosis"]["groups"]["length"][0] == dict(
        name="up to 2 s", num_events=2, normalized_mAP=pytest.approx(3 / 9), missed=0.5
    )
    assert 'id="media-1"' in (tmp_path / "x.html").read_text()


def test_named_videos_and_bad_arguments(given, run_tool, tmp_path):
    result = run_tool(TOOL, *given, "--video-ids", "c", "--score-thr", "nan")
    refuse(result, "--score-thr: expected a finite number, got nan")
    status, _, error = run_tool(TOOL, *given, "--video-ids", "c", "--score-thr", "0.5")
    assert status == 0, error
    data = data_of(tmp_path / "x.html")
    assert [video["id"] for video in data["videos"]] == ["c"]
    assert data["diagnosis"]["classes"] == {"bark": dict(AP=0.0, events=1, missed=1.0)}
    assert data["videos"][0]["subset"] == "train"
    assert data["threshold"] == 0.5
    for arguments, text in (
        (("--video-ids", "z"), "no video 'z': change --video-ids"),
        (("--subset", "val"), "no video of subset val: change --subset"),
        (("--media", tmp_path / "gone"), "gone: no such folder"),
    ):
        status, _, error = run_tool(TOOL, *given, *arguments)
        assert status == 2
        assert text in error
    status, _, error = run_tool(TOOL, *given[:3], given[1])
    assert status == 2
    assert "would replace the input" in error
