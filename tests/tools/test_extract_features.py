"""The tool that extracts features."""

import json

import numpy as np
import pytest

from loco_mm import features
from loco_mm.features import Extraction

from ..media_files import write_flash

TOOL = "extract_features.py"


@pytest.fixture(autouse=True)
def _without_weights(monkeypatch):
    """The default, whether weights are installed or not."""
    monkeypatch.setattr(features, "default_extractor", lambda: "spectral")


@pytest.fixture
def videos(tmp_path):
    return [write_flash(tmp_path / f"{name}.mp4", fps=10, seconds=4) for name in "ab"]


def test_a_first_and_a_second_run(run_tool, tmp_path, videos):
    out = tmp_path / "out"
    status, text, _ = run_tool(TOOL, *videos, "--out", out)
    assert status == 0
    assert text.startswith("extractor: spectral\n")
    assert f"2 videos extracted to {out}/av_features" in text
    assert np.load(out / "av_features" / "a_spectral_visual.npy").shape == (15, 322)
    status, text, _ = run_tool(TOOL, *videos, "--out", out)
    assert status == 0
    assert f"0 videos extracted to {out}/av_features, 2 done before" in text


def test_options_and_a_list(run_tool, tmp_path, videos):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{videos[1]}\n\n")
    grid = ("grid.fps=8", "grid.num_frames=8", "grid.stride=8")
    out = tmp_path / "out"
    status, _, _ = run_tool(
        TOOL, videos[0], "--videos-from", listed, "--out", out, "--options", *grid
    )
    assert status == 0
    for name in "ab":
        assert np.load(out / "av_features" / f"{name}_spectral_audio.npy").shape == (4, 130)
    description = json.loads((out / "av_features" / "features.json").read_text())
    assert description["features"]["grid"] == dict(fps=8, num_frames=8, stride=8)


def test_parts(run_tool, tmp_path, videos, monkeypatch):
    out = tmp_path / "out"
    run_tool(TOOL, *videos, "--out", out, "--shard", "2/2")
    assert not (out / "av_features" / "a_spectral_audio.npy").exists()
    assert (out / "av_features" / "b_spectral_audio.npy").exists()
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    run_tool(TOOL, *videos, "--out", out)
    assert (out / "av_features" / "a_spectral_audio.npy").exists()
    assert (out / "av_features" / "manifest-1-of-2.jsonl").exists()


def test_bad_files_are_named_at_the_end(run_tool, tmp_path, videos):
    status, text, _ = run_tool(TOOL, tmp_path / "gone.mp4", *videos, "--out", tmp_path / "out")
    assert status == 1
    assert f"error: media file {tmp_path}/gone.mp4: no such file" in text
    assert "2 videos extracted" in text and ", 1 failed" in text


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_bad_parts(run_tool, tmp_path, videos, part):
    status, _, error = run_tool(TOOL, *videos, "--out", tmp_path / "out", "--shard", part)
    assert status == 2
    assert f"error: --shard: expected I/N with I from 1 to N, as 1/4, got {part}" in error


def test_nothing_to_do(run_tool, tmp_path):
    status, _, error = run_tool(TOOL, "--out", tmp_path / "out")
    assert status == 2 and "no media files given" in error


def test_a_cluster(run_tool, tmp_path, videos, monkeypatch):
    given = []

    def note(*arguments):
        given.extend(arguments[:-1])
        return Extraction(tmp_path, done=["a", "b"])

    monkeypatch.setattr(features, "extract_on_cluster", note)
    options = ("slurm_partition=gpu", "timeout_min=9")
    status, text, _ = run_tool(
        *(TOOL, *videos, "--out", tmp_path, "--cluster", "slurm", "--jobs", 3),
        *("--cluster-options", *options, "--device", "cuda"),
    )
    assert status == 0 and "2 videos extracted" in text
    options = dict(slurm_partition="gpu", timeout_min=9)
    assert given == [*(dict(type="spectral"), videos, str(tmp_path), 3, "slurm", options, "cuda")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cluster", "slurm", "--workers", 2), "expected neither --workers nor --shard"),
        (("--cluster", "slurm", "--shard", "1/2"), "expected neither --workers nor --shard"),
        (("--jobs", 0), "--jobs: expected an integer >= 1, got 0"),
    ],
)
def test_bad_arguments_of_a_cluster(run_tool, tmp_path, videos, arguments, message):
    status, _, error = run_tool(TOOL, *videos, "--out", tmp_path / "out", *arguments)
    assert status == 2 and message in error
