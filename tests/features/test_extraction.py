"""Extraction of many files: finished ones are skipped, and bad ones do not stop the others."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from loco_mm.datasets import AVDataset
from loco_mm.errors import InputError
from loco_mm.features import build_extractor, extract_videos
from loco_mm.features import extraction as module
from loco_mm.fileio import read_description, read_manifest, write_json
from loco_mm.media import Pictures, Sound, write_video
from loco_mm.registry import EXTRACTORS

from ..comparing import ROOT
from ..media_files import click_samples, flash_frames, write_flash

CONFIG = dict(type="spectral")
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return [
        write_flash(folder / f"{name}.mp4", fps=10, seconds=4 + k) for k, name in enumerate(NAMES)
    ]


def _contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_manifest_and_description(videos, tmp_path):
    found = extract_videos(CONFIG, videos, str(tmp_path))
    assert found.done == list(NAMES) and not found.failed and not found.kept
    assert found.folder == tmp_path / "av_features"
    description = read_description(found.folder)
    assert description.extractor == "spectral" and description.version == 2
    assert description.features["grid"] == dict(fps=16, num_frames=8, stride=4)
    entries = read_manifest(found.folder)
    assert list(entries) == list(NAMES)
    extractor = build_extractor(CONFIG)
    for path, (name, entry) in zip(videos, entries.items(), strict=True):
        _, features = extractor.extract(path)
        assert entry.source == f"{name}.mp4" and entry.bytes == os.path.getsize(path)
        assert list(entry.files) == [name + suffix for suffix in features]
        for array, (file, about) in zip(features.values(), entry.files.items(), strict=True):
            np.testing.assert_array_equal(np.load(found.folder / file), array)
            content = (found.folder / file).read_bytes()
            assert about.shape == list(array.shape) and about.bytes == len(content)
            assert about.sha256 == hashlib.sha256(content).hexdigest()


def test_a_dataset_reads_them(videos, tmp_path):
    extract_videos(CONFIG, videos, str(tmp_path))
    events = [dict(segment=[1.0, 2.0], label="x", label_id=0)]
    database = {
        name: dict(duration=4.0 + k, subset="train", annotations=events)
        for k, name in enumerate(NAMES)
    }
    write_json(tmp_path / "annotations" / "a.json", dict(database=database))
    dataset = AVDataset(
        "annotations/a.json",
        str(tmp_path),
        features="spectral",
        pipeline=[dict(type="LoadAVFeatures")],
    )
    assert len(dataset) == 3
    sample = dataset[2]
    assert sample["visual"].shape == (23, 322) and sample["audio"].shape == (23, 130)


@pytest.mark.run
def test_processes_shards_and_one_process_give_the_same(videos, tmp_path):
    one = extract_videos(CONFIG, videos, str(tmp_path / "one"))
    paths = [*videos, str(tmp_path / "gone.mp4")]
    two = extract_videos(CONFIG, paths, str(tmp_path / "two"), workers=2)
    assert sorted(two.done) == list(NAMES)
    assert list(two.failed) == paths[3:] and "no such file" in two.failed[paths[3]]
    parts = [extract_videos(CONFIG, videos, str(tmp_path / "parts"), (k, 2)) for k in (1, 2)]
    assert [part.done for part in parts] == [["a", "c"], ["b"]]
    wanted = {n: c for n, c in _contents(one.folder).items() if n.endswith(".npy")}
    for other in (two, parts[0]):
        found = _contents(other.folder)
        assert wanted.items() <= found.items()
        assert sorted(read_manifest(other.folder)) == list(NAMES)


def test_what_is_done_is_kept(videos, tmp_path, monkeypatch):
    extract_videos(CONFIG, videos[:2], str(tmp_path))
    before = _contents(tmp_path / "av_features")
    extracted = []
    true = module._extract
    monkeypatch.setattr(module, "_extract", lambda *a: extracted.append(a[1]) or true(*a))
    again = extract_videos(CONFIG, videos, str(tmp_path))
    assert extracted == videos[2:]
    assert again.kept == ["a", "b"] and again.done == ["c"]
    after = _contents(tmp_path / "av_features")
    assert all(after[name] == content for name, content in before.items() if name.endswith("npy"))


def test_a_lost_file_a_cut_one_and_a_new_video_are_done_again(videos, tmp_path):
    root = tmp_path / "out"
    copies = [str(tmp_path / f"{name}.mp4") for name in NAMES]
    for source, copy in zip(videos, copies, strict=True):
        os.link(source, copy)
    folder = extract_videos(CONFIG, copies, str(root)).folder
    whole = _contents(folder)
    (folder / "a_spectral_audio.npy").unlink()
    cut = folder / "b_spectral_visual.npy"
    cut.write_bytes(cut.read_bytes()[:-3])
    os.unlink(copies[2])
    write_flash(copies[2], fps=10, seconds=8)
    again = extract_videos(CONFIG, copies, str(root))
    assert again.done == list(NAMES)
    found = _contents(folder)
    same = [n for n in whole if n.endswith(".npy") and n[0] in "ab"]
    assert all(found[name] == whole[name] for name in same)
    assert np.load(folder / "c_spectral_audio.npy").shape == (31, 130)


def test_bad_files_do_not_stop_the_rest(videos, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    paths = [str(tmp_path), str(bad), videos[0], str(tmp_path / "gone.mp4")]
    found = extract_videos(CONFIG, paths, str(tmp_path / "out"))
    assert found.done == ["a"]
    assert list(found.failed) == [paths[0], paths[1], paths[3]]
    assert f"{tmp_path}: expected a file, got a folder, device or pipe" in found.failed[paths[0]]
    assert f"media file {bad}: cannot be read" in found.failed[paths[1]]
    assert "gone.mp4: no such file" in found.failed[paths[3]]
    names = sorted(path.name for path in found.folder.iterdir())
    features = ["a_spectral_audio.npy", "a_spectral_visual.npy"]
    assert names == [*features, "features.json", "manifest.jsonl"]


def test_a_stream_that_ends_early_is_reported(videos, tmp_path):
    path = str(tmp_path / "x.mp4")
    frames = flash_frames(np.arange(20) / 10)
    sound = Sound(click_samples(16000, 6), 16000)
    write_video(path, Pictures(frames, (64, 48), 10), sound)
    found = extract_videos(CONFIG, [path, videos[0]], str(tmp_path / "out"))
    assert found.done == ["x", "a"]
    [remark] = found.remarks
    assert f"{path}: its video stream ends after 2.0 s of 6.0 s: its last frame is shown" in remark


def test_two_files_of_one_name(videos, tmp_path):
    other = tmp_path / "a.mkv"
    with pytest.raises(InputError, match="have the same id, 'a': rename one"):
        extract_videos(CONFIG, [videos[0], str(other)], str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_other_features_in_the_folder(videos, tmp_path):
    extract_videos(CONFIG, videos[:1], str(tmp_path))
    before = _contents(tmp_path / "av_features")
    grid = dict(fps=8, num_frames=8, stride=4)
    with pytest.raises(InputError, match="features.json: features: expected .*, got .*: "):
        extract_videos({**CONFIG, "grid": grid}, videos, str(tmp_path))
    assert _contents(tmp_path / "av_features") == before


@pytest.mark.run
def test_a_killed_worker(videos, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_work", _killed)
    with pytest.raises(InputError, match="a worker was killed, as when memory runs out"):
        extract_videos(CONFIG, videos, str(tmp_path), workers=2)
    monkeypatch.undo()
    assert extract_videos(CONFIG, videos, str(tmp_path)).done == list(NAMES)


@pytest.mark.run
def test_workers_end_with_a_parent_that_is_killed(videos, tmp_path):
    command = [sys.executable, str(ROOT / "tools" / "extract_features.py"), *videos]
    parent = subprocess.Popen(
        [*command, "--out", str(tmp_path), "--workers", "2", "--extractor", "spectral"]
    )
    children = []
    while len(children) < 2:
        assert parent.poll() is None
        time.sleep(0.05)
        listed = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        found = {number: Path(f"/proc/{number}/cmdline").read_text() for number in listed}
        children = [number for number, command in found.items() if "spawn_main" in command]
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 60
    while any(map(_is_alive, children)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.run
def test_workers_know_an_extractor_of_one_s_own(videos, tmp_path, monkeypatch):
    monkeypatch.setattr(EXTRACTORS, "_module_dict", dict(EXTRACTORS.module_dict))
    from . import own_extractor

    assert EXTRACTORS.get("brightness") is own_extractor.BrightnessExtractor
    found = extract_videos(dict(type="brightness"), videos, str(tmp_path), workers=2)
    assert sorted(found.done) == list(NAMES)
    with pytest.raises(
        InputError, match="cannot be built in a worker: extractor: no worker has what it needs"
    ):
        extract_videos(dict(type="brightness", alone=True), videos, str(tmp_path / "x"), workers=2)


def _is_alive(number):
    """Whether a process runs; a terminated one may still be listed."""
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


def _killed(path, folder):
    os._exit(9)


def test_unknown_extractors_and_options():
    with pytest.raises(InputError, match="extractor.type: .*'x', known are i3d-vggish, onepeace"):
        build_extractor(dict(type="x"))
    with pytest.raises(InputError, match="extractor: unknown key 'modle', known are grid"):
        build_extractor(dict(type="spectral", modle=3))
    for grid in ((16, 10**7, 4), (1e-9, 16, 4), (1e9, 16, 4), (500, 16, 1)):
        config = dict(
            type="spectral", grid=dict(zip(("fps", "num_frames", "stride"), grid, strict=True))
        )
        with pytest.raises(
            InputError,
            match=r"extractor: grid: expected at most 1000 frames and 60 s per step, 1000 frames "
            rf"and 100 steps per second, got \{{'fps': {grid[0]}, ",
        ):
            build_extractor(config)
    with pytest.raises(InputError, match="grid.stride: expected an integer, got 1.5"):
        build_extractor(dict(type="spectral", grid=dict(fps=8, num_frames=4, stride=1.5)))


@pytest.mark.nightly
def test_a_longer_file_fills_no_more_memory(tmp_path):
    """150 s more are 1 MB of features, and 30 MB of frames that are not kept."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc tells the peak")
    code = (
        "import re, sys; from loco_mm.features import build_extractor; "
        "build_extractor(dict(type='spectral')).extract(sys.argv[1]); "
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
    )
    peaks = []
    for seconds in (10, 160):
        path = write_flash(tmp_path / f"{seconds}.mp4", fps=5, seconds=seconds)
        process = subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, check=True
        )
        peaks.append(int(process.stdout))
    assert peaks[1] - peaks[0] < 15_000  # kB
