"""Features without weights."""

import numpy as np
import pytest

from loco_mm.features.spectral import PictureStatistics, SoundStatistics


def test_layout_and_colours_of_a_still():
    clips = np.zeros((2, 4, 64, 64, 3), np.uint8)
    clips[1, :, :, 32:] = (255, 128, 0)
    (found,) = PictureStatistics().encode_clips(clips)
    assert found.shape == (2, 322) and found.dtype == np.float32
    layout = found[1, :192].reshape(8, 8, 3)
    np.testing.assert_allclose(layout[:, :4], -1)
    np.testing.assert_allclose(
        layout[:, 4:], np.broadcast_to([1, 1 / 255, -1], (8, 4, 3)), atol=1e-6
    )
    histogram = found[1, 192:256].reshape(4, 4, 4)
    assert histogram[0, 0, 0] == histogram[3, 2, 0] == pytest.approx(0.5**0.5)
    assert (histogram**2).sum() == pytest.approx(1)
    np.testing.assert_allclose(found[:, 256:], 0)


def test_motion():
    clips = np.zeros((1, 3, 64, 64, 3), np.uint8)
    clips[0, 1, :8, :8] = 51
    (found,) = PictureStatistics().encode_clips(clips)
    motion = found[0, 256:320].reshape(8, 8)
    # A fifth of full brightness, back and forth.
    assert motion[0, 0] == pytest.approx(2) and motion.sum() == pytest.approx(2)
    assert found[0, 320] == found[0, 321] == pytest.approx(2 / 64)


def test_a_window_of_one_picture_has_no_motion():
    (found,) = PictureStatistics().encode_clips(np.full((2, 1, 64, 64, 3), 9, np.uint8))
    assert found.shape == (2, 322) and not found[:, 256:].any()


def test_silence_a_tone_and_an_onset():
    time = np.arange(8000) / 16000
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time)
    late = np.where(time < 0.25, 0, tone)
    found = SoundStatistics().encode(np.stack([0 * tone, tone, late]).astype(np.float32))
    assert found.shape == (3, 130) and found.dtype == np.float32
    np.testing.assert_allclose(found[0, :64], np.log(0.01) / 2 + 1.3, rtol=1e-5)
    np.testing.assert_allclose(found[0, 64:], 0, atol=1e-6)
    centre = 700 * (np.exp(np.linspace(*_mel([50, 8000]), 66)[1:-1] / 1127) - 1)
    assert np.argmax(found[1, :64]) == np.argmin(np.abs(centre - 1000))
    # A continuing tone has no onset, a starting one has.
    assert found[1, 128:].max() < 0.02 < 0.3 < found[2, 129]
    assert found[2, 128] > 0.02


def _mel(hertz):
    return 1127 * np.log(1 + np.array(hertz) / 700)
