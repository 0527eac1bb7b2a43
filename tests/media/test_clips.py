"""Single pictures and recordings."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.media.clips import read_picture, read_recording

from ..content_files import write_picture, write_tone
from ..media_files import write_flash


def test_a_picture_with_transparency(tmp_path):
    found = read_picture(write_picture(tmp_path / "a.png", (200, 30, 10)))
    assert found.shape == (30, 40, 4) and found.dtype == np.uint8
    np.testing.assert_array_equal(found[15, 20], (200, 30, 10, 255))
    assert found[2, 2, 3] == 0


def test_a_picture_without_transparency(tmp_path):
    found = read_picture(write_picture(tmp_path / "a.jpg", (200, 30, 10)))
    assert (found[..., 3] == 255).all()
    np.testing.assert_allclose(found[15, 20, :3], (200, 30, 10), atol=6)


@pytest.mark.parametrize("rate", [16000, 8000])
def test_a_recording(tmp_path, rate):
    found = read_recording(write_tone(tmp_path / "a.wav", 400), rate)
    assert found.dtype == np.float32
    assert len(found) == pytest.approx(0.9 * rate, abs=20)
    assert np.abs(found).max() == pytest.approx(0.5, abs=0.02)
    spectrum = np.abs(np.fft.rfft(found))
    assert np.argmax(spectrum) * rate / len(found) == pytest.approx(400, abs=2)


def test_files_of_another_kind(tmp_path):
    sound = write_tone(tmp_path / "a.wav", 400)
    with pytest.raises(InputError, match=r"picture .*a\.wav: cannot be read"):
        read_picture(sound)
    picture = write_picture(tmp_path / "a.png", (1, 2, 3))
    with pytest.raises(InputError, match=r"recording .*a\.png: cannot be read"):
        read_recording(picture, 16000)
    (tmp_path / "text.ogg").write_text("nothing")
    with pytest.raises(InputError, match=r"recording .*text\.ogg: cannot be read"):
        read_recording(tmp_path / "text.ogg", 16000)
    with pytest.raises(InputError, match=r"gone\.png: no such file"):
        read_picture(tmp_path / "gone.png")


def test_the_sound_of_a_video(tmp_path):
    path = write_flash(tmp_path / "a.mp4", fps=10, seconds=2)
    assert len(read_recording(path, 8000)) == pytest.approx(16000, abs=1000)
