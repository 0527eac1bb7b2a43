"""Audio at a constant sampling rate."""

import numpy as np
import pytest

from loco_mm.media import Pictures, Sound, probe, read_sound, write_video

from ..media_files import CLICK, EVENT, KINDS, flash_frames, write_flash


@pytest.mark.parametrize("kind", KINDS)
def test_the_click_is_at_its_second(tmp_path, kind):
    ending, settings = KINDS[kind]
    media = probe(write_flash(tmp_path / f"x{ending}", **settings))
    pieces = list(read_sound(media, 16000, 6 * 16000))
    assert all(piece.dtype == np.float32 and piece.ndim == 1 for piece in pieces)
    samples = np.concatenate(pieces)
    assert len(samples) == 6 * 16000
    loud = np.flatnonzero(np.abs(samples) > 0.2) / 16000
    assert loud[0] == pytest.approx(EVENT, abs=0.003)
    assert loud[-1] == pytest.approx(EVENT + CLICK, abs=0.003)


def test_silence_before_it_starts_and_after_its_end(tmp_path):
    path = tmp_path / "x.mkv"
    tone = 0.5 * np.sin(np.arange(16000) * 0.3, dtype=np.float32)[None]
    pictures = Pictures(flash_frames(np.arange(90) / 30), (64, 48), 30)
    write_video(path, pictures, Sound(tone, 16000, 1.0, codec="pcm_s16le"))
    samples = np.concatenate(list(read_sound(probe(path), 8000, 8000 * 4)))
    assert len(samples) == 32000
    assert np.abs(samples[:7900]).max() < 1e-3 > np.abs(samples[16100:]).max()
    assert np.sqrt(np.mean(samples[8000:16000] ** 2)) == pytest.approx(0.5 / 2**0.5, rel=0.02)


def test_channels_are_mixed(tmp_path):
    """Two opposite channels cancel out."""
    path = tmp_path / "x.mkv"
    tone = 0.5 * np.sin(np.arange(32000) * 0.3, dtype=np.float32)
    for right, level in ((tone, 0.5), (-tone, 0.0), (0 * tone, 0.25)):
        pictures = Pictures(flash_frames(np.arange(60) / 30), (64, 48), 30)
        both = Sound(np.stack([tone, right]), 16000, layout="stereo", codec="pcm_s16le")
        write_video(path, pictures, both)
        samples = np.concatenate(list(read_sound(probe(path), 16000, 32000)))
        assert np.abs(samples).max() == pytest.approx(level, abs=0.01)


def test_fewer_are_given_than_there_are(tmp_path):
    media = probe(write_flash(tmp_path / "x.mp4"))
    assert sum(map(len, read_sound(media, 16000, 777))) == 777
