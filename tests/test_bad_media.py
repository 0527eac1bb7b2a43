"""Invalid media files in a batch: each is reported, the others are processed, and status is 1."""

import json
import os

import av
import numpy as np
import pytest

from loco_mm.media import Pictures, Sound, write_video

from .apis.small_localizer import small_checkpoint, small_config
from .media_files import click_samples, flash_frames, write_flash

SPECTRAL = ("--extractor", "spectral")


def _half(path, pictures, sound):
    """A file with one stream."""
    times = np.arange(40) / 10
    shown = Pictures(flash_frames(times), (64, 48), 10.0, times, 0, "libx264")
    heard = Sound(click_samples(8000, 4.0), 8000, 0.0, "mono", "aac")
    write_video(path, shown if pictures else None, heard if sound else None)


def _truncated(path, share):
    write_flash(path, fps=10, seconds=20)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def _without_packets(path):
    """A valid file with a duration of zero."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        container.add_stream("aac", rate=8000, layout="mono")
        container.start_encoding()


def bad_files(folder):
    """Paths, and the expected message for each."""
    paths = {
        "mute": "got no audio stream (video)",
        "blind": "got no video stream (audio)",
        "empty": "cannot be read as video and audio",
        "half": "its index (moov) is missing: it is truncated",
        "half_mkv": "ends after",
        "without_packets": "got no video stream (nothing)",
        "text": "cannot be read as video and audio",
        "picture": "got no audio stream (video)",
        "below_a_file": "cannot be read: Not a directory",
        "in_a_loop": "cannot be read: Too many levels of symbolic links",
        "gone": "no such file",
        "folder": "expected a file, got a folder, device or pipe",
        "pipe": "expected a file, got a folder, device or pipe",
    }
    names = {name: folder / f"{name}.mp4" for name in paths}
    names["half_mkv"] = folder / "half_mkv.mkv"
    names["below_a_file"] = names["text"] / "x.mp4"
    names["picture"] = folder / "picture.gif"
    _half(names["mute"], True, False)
    _half(names["blind"], False, True)
    names["empty"].touch()
    _truncated(names["half"], 0.5)
    _truncated(names["half_mkv"], 0.5)
    _without_packets(names["without_packets"])
    names["text"].write_text("not a video\n" * 1000)
    _picture(names["picture"])
    names["in_a_loop"].symlink_to(names["in_a_loop"])
    names["folder"].mkdir()
    os.mkfifo(names["pipe"])
    return {str(names[name]): message for name, message in paths.items()}


def _picture(path):
    import matplotlib.image

    image = np.zeros((8, 8, 3), np.uint8)
    matplotlib.image.imsave(path, image, format="gif")


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch")
    bad = bad_files(folder)
    good = [write_flash(folder / f"{name}.mp4", fps=10, seconds=4) for name in ("first", "last")]
    return good[0], bad, good[1]


def assert_told(output, bad):
    lines = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(lines) == len(bad)
    for path, message in bad.items():
        line = next(line for line in lines if f"media file {path}: " in line)
        assert message in line


def test_extracting(run_tool, batch, tmp_path):
    first, bad, last = batch
    status, out, error = run_tool(
        "extract_features.py", first, *bad, last, "--out", tmp_path, *SPECTRAL
    )
    assert status == 1, error
    assert f"2 videos extracted to {tmp_path}/av_features, {len(bad)} failed" in out
    assert_told(out, bad)
    features = sorted(path.name for path in (tmp_path / "av_features").glob("*.npy"))
    assert features == [
        f"{name}_spectral_{modality}.npy"
        for name in ("first", "last")
        for modality in ("audio", "visual")
    ]


def test_finding_events(run_tool, batch, tmp_path):
    first, bad, last = batch
    config = small_config(tmp_path / "small.py")
    checkpoint = small_checkpoint(tmp_path / "small.pth", config)
    status, out, error = run_tool(
        "demo.py", first, *bad, last, config, checkpoint, "--out", tmp_path / "out"
    )
    assert status == 1, error
    assert f"events of 2 videos are in {tmp_path}/out/events.html, {len(bad)} failed" in out
    assert_told(out, bad)
    found = json.loads((tmp_path / "out" / "predictions.json").read_text())["results"]
    assert list(found) == ["first", "last"]
    page = (tmp_path / "out" / "events.html").read_text()
    assert 'id="media-1"' in page and 'id="media-2"' not in page


def test_nothing_but_bad_files(run_tool, batch, tmp_path):
    _, bad, _ = batch
    config = small_config(tmp_path / "small.py")
    checkpoint = small_checkpoint(tmp_path / "small.pth", config)
    status, out, _ = run_tool(
        "extract_features.py", *bad, "--out", tmp_path / "features", *SPECTRAL
    )
    assert status == 1 and "0 videos extracted" in out
    status, out, _ = run_tool("demo.py", *bad, config, checkpoint, "--out", tmp_path / "out")
    assert status == 1
    assert_told(out, bad)
