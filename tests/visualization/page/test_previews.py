"""Waveforms and small copies of media files."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from loco_mm.media import FrameSpec, probe, read_frames, read_sound
from loco_mm.visualization.page.previews import BYTES_A_SECOND, preview, waveform

from ...media_files import CLICK, EVENT, KINDS, write_flash


@pytest.mark.parametrize(
    "kind", ["plain", "turned", "24 fps, 22 kHz, late sound", "uneven, stereo"]
)
def test_event_where_it_was(kind, tmp_path):
    ending, settings = KINDS[kind]
    media = probe(write_flash(tmp_path / f"x{ending}", **settings))
    wave = waveform(media)
    loud = np.flatnonzero(wave > 60) / len(wave) * media.duration
    assert loud.min() == pytest.approx(EVENT, abs=0.02)
    assert loud.max() == pytest.approx(EVENT + CLICK, abs=0.02)
    copy = tmp_path / "copy.mp4"
    video, picture = preview(media)
    copy.write_bytes(video)
    assert len(copy.read_bytes()) < BYTES_A_SECOND * media.duration
    small = probe(copy)
    assert small.duration == pytest.approx(media.duration, abs=0.15)
    frames = list(read_frames(small, 25, 100, FrameSpec(None)))
    width, height = frames[0].shape[1::-1]
    assert (width, height) == ((240, 320) if kind == "turned" else (320, 240))
    shape = imread(io.BytesIO(picture), "jpeg").shape
    assert shape == (height // 2, width // 2, 3)
    bright = [k / 25 for k, frame in enumerate(frames) if frame.max() > 150]
    # Frames of the copy last 0.08 s: the flash is in the one whose centre it covers.
    assert bright and min(bright) >= EVENT - 0.08 and max(bright) <= EVENT + 0.12
    sound = np.abs(np.concatenate(list(read_sound(small, 8000, 40000))))
    click = np.flatnonzero(sound > 0.25) / 8000
    assert click.min() == pytest.approx(EVENT, abs=0.06)
