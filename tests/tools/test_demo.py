"""The tools for inference on videos, and for publishing models."""

import csv
import json
import shutil

import pytest

from loco_mm.features.packaged_weights import YAMNET

from ..apis.small_localizer import CLASSES, small_checkpoint, small_config
from ..media_files import write_flash
from .test_bad_input import refuse


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    config = small_config(folder / "small.py")
    checkpoint = small_checkpoint(folder / "small.pth", config)
    videos = [write_flash(folder / f"{name}.mp4", fps=10, seconds=4) for name in "ab"]
    return config, checkpoint, videos


def test_videos_to_files(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    event = dict(segment=[1.0, 2.5], label="horn"), dict(segment=[0.0, 3.0], label="unheard of")
    database = dict(a=dict(duration=4.0, subset="train", annotations=list(event)))
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(dict(database=database, classes=["horn", "unheard of"])))
    status, out, error = run_tool(
        "demo.py", *videos, tmp_path / "gone.mp4", config, checkpoint,
        "--out", tmp_path / "out", "--score-thr", "0.4", "--annotations", truth,
    )  # fmt: skip
    assert status == 1, error
    assert f"error: media file {tmp_path}/gone.mp4: no such file" in out
    assert f"events of 2 videos are in {tmp_path}/out/events.html, 1 failed" in out
    found = json.loads((tmp_path / "out" / "predictions.json").read_text())["results"]
    assert list(found) == ["a", "b"]
    with open(tmp_path / "out" / "events.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in found["a"] if row["score"] >= 0.4]
    assert 0 < len(kept) < len(found["a"])
    assert [row["label"] for row in rows if row["video_id"] == "a"] == [r["label"] for r in kept]
    assert rows[0] == dict(
        video_id="a",
        start=f"{kept[0]['segment'][0]:.3f}",
        end=f"{kept[0]['segment'][1]:.3f}",
        label=kept[0]["label"],
        score=f"{kept[0]['score']:.4f}",
    )
    assert {path.name for path in (tmp_path / "out" / "timelines").iterdir()} == {"a.png", "b.png"}
    page = (tmp_path / "out" / "events.html").read_text()
    assert "<title>Events by small</title>" in page
    assert 'id="media-0"' in page and 'id="media-1"' in page
    assert '"unheard of"' in page
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert [video["subset"] for video in data["videos"]] == ["train", "test"]
    assert (data["diagnosis"]["num_videos"], data["diagnosis"]["num_events"]) == (1, 2)


def test_a_file_that_was_read_is_not_replaced(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    truth = tmp_path / "predictions.json"
    event = dict(segment=[1.0, 2.5], label="horn")
    database = dict(a=dict(duration=4.0, subset="test", annotations=[event]))
    truth.write_text(json.dumps(dict(database=database)))
    arguments = *videos, config, checkpoint, "--out", tmp_path, "--annotations", truth
    refuse(run_tool("demo.py", *arguments), f"{truth}: would replace the input")
    assert [path.name for path in tmp_path.iterdir()] == [truth.name]


def test_a_published_model(given, run_tool, tmp_path, monkeypatch):
    config, checkpoint, videos = given
    status, out, error = run_tool("publish_model.py", config, checkpoint, "--out", tmp_path / "m")
    assert status == 0, error
    assert "small-" in out
    refuse(
        run_tool("publish_model.py", config, checkpoint, "--out", tmp_path / "x", "--private"),
        "--private: expected --to-hub, to which it applies, got none",
    )
    for model in ((tmp_path / "m",), (config, checkpoint)):
        status, _, error = run_tool(
            "demo.py", videos[0], *model, "--out", tmp_path / str(len(model)), "--whole"
        )
        assert status == 0, error
    one, two = ((tmp_path / n / "predictions.json").read_text() for n in "12")
    assert one == two
    lines = []
    monkeypatch.setattr("loco_mm.apis.models.print_log", lambda line, logger: lines.append(line))
    status, _, error = run_tool(
        "demo.py", videos[0], config, checkpoint.parent, "--out", tmp_path / "3", "--whole"
    )
    assert status == 0, error
    assert lines == [f"checkpoint {checkpoint.parent}: using small.pth"]
    assert (tmp_path / "3" / "predictions.json").read_text() == one
    assert set(json.loads(one)["results"]["a"][0]) == {"segment", "label", "score"}
    assert json.loads(one)["results"]["a"][0]["label"] in CLASSES


def test_videos_of_a_split(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    database = {name: dict(duration=4.0, subset=name, annotations=[]) for name in "ab"}
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(dict(database=database, classes=["horn"])))
    for subset, status, text in (("b", 0, "events of 1 video"), ("c", 2, "--subset c: none of")):
        found, out, error = run_tool(
            "demo.py", *videos, config, checkpoint, "--out", tmp_path / "out",
            "--annotations", truth, "--subset", subset,
        )  # fmt: skip
        assert found == status
        assert text in out + error
    results = json.loads((tmp_path / "out" / "predictions.json").read_text())["results"]
    assert list(results) == ["b"]


def test_bad_arguments(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    for arguments, text in (
        ((config, checkpoint), "expected VIDEO ... CONFIG CHECKPOINT"),
        (
            (videos[0], config, checkpoint, "--options", "a=1"),
            "--options: expected --extractor, to which they apply, got none",
        ),
        (
            (videos[0], config, checkpoint, "--subset", "x"),
            "--subset: expected --annotations with the splits, got none",
        ),
        ((videos[0], tmp_path), "expected a folder with config.json and one *.safetensors"),
        ((videos[0], videos[0], config, checkpoint), "a second video named 'a': rename one"),
        (
            (videos[0], config, checkpoint, "--extractor", "spectral", "--options", "a=1"),
            "extractor: unknown key 'a', known are grid",
        ),
    ):
        status, _, error = run_tool("demo.py", *arguments, "--out", tmp_path / "out")
        assert status == 2
        assert text in error
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not YAMNET.installed, reason="the weights are not installed")
def test_events_that_are_heard(given, run_tool, tmp_path):
    _, _, videos = given
    arguments = *videos, tmp_path / "gone.mp4", "--heard", "--audioset", "--out", tmp_path / "out"
    status, out, error = run_tool("demo.py", *arguments, "--score-thr", "0.1")
    assert status == 1, error
    assert f"error: media file {tmp_path}/gone.mp4: no such file" in out
    found = json.loads((tmp_path / "out" / "predictions.json").read_text())["results"]
    assert list(found) == ["a", "b"]
    page = (tmp_path / "out" / "events.html").read_text()
    assert "from the sound alone, not checked against the picture, without training" in page
    assert "Hubbub, speech noise, speech babble" in page
    assert {path.name for path in (tmp_path / "out" / "timelines").iterdir()} == {"a.png", "b.png"}


def test_options_that_exclude_each_other(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    out = ("--out", tmp_path / "out")
    refuse(
        run_tool("demo.py", *videos, "--heard", "--extractor", "spectral", *out),
        "--extractor: expected a model, to which it applies, got --heard",
    )
    refuse(
        run_tool("demo.py", *videos, config, checkpoint, "--audioset", *out),
        "--audioset: expected --heard, to which it applies, got a model",
    )


def test_a_name_may_begin_with_a_dash(given, run_tool, tmp_path, monkeypatch):
    config, checkpoint, videos = given
    monkeypatch.chdir(tmp_path)
    for name in ("-a.mp4", "--score.mp4"):
        shutil.copy(videos[0], tmp_path / name)
    status, _, error = run_tool(
        "demo.py", "-a.mp4", "--score.mp4", config, checkpoint, "--out", "o"
    )
    assert status == 0, error
    assert set(json.loads((tmp_path / "o/predictions.json").read_text())["results"]) == {
        "-a", "--score",
    }  # fmt: skip
    status, out, error = run_tool(
        "extract_features.py", "-a.mp4", "--out", "f", "--extractor", "spectral"
    )
    assert status == 0, error
    assert "1 video extracted to" in out
    assert (tmp_path / "f/av_features/-a_spectral_visual.npy").is_file()


def test_a_weak_model_says_what_its_best_score_is(given, run_tool, tmp_path):
    config, checkpoint, videos = given
    arguments = videos[0], config, checkpoint, "--out", tmp_path
    status, out, error = run_tool("demo.py", *arguments, "--score-thr", "0.4")
    assert status == 0, error
    scores = [
        row["score"]
        for row in json.loads((tmp_path / "predictions.json").read_text())["results"]["a"]
    ]
    passed = sum(score >= 0.4 for score in scores)
    best = f"the best score is {max(scores):.4g}"
    assert f"{passed} of {len(scores)} events with a score of at least 0.4; {best}" in out
    status, out, error = run_tool("demo.py", *arguments, "--score-thr", "0.999")
    assert status == 0, error
    assert f"no event with a score of at least 0.999, of {len(scores)}; {best}" in out
