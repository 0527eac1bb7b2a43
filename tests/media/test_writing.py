"""Writing short videos."""

import pytest

from loco_mm.errors import InputError
from loco_mm.media import Pictures, write_video

from ..media_files import flash_frames


def test_an_unknown_ending(tmp_path):
    with pytest.raises(
        InputError,
        match=r"x\.xyz: expected one of \['\.mkv', '\.mov', '\.mp4', '\.ts', '\.webm'\], got "
        r"ending '\.xyz'",
    ):
        write_video(tmp_path / "x.xyz", Pictures(flash_frames([0.0]), (64, 48)))


def test_whole_or_not_at_all(tmp_path):
    def breaking():
        yield from flash_frames([0.0, 0.1])
        raise KeyError("gone")

    with pytest.raises(KeyError):
        write_video(tmp_path / "x.mp4", Pictures(breaking(), (64, 48)))
    assert not list(tmp_path.iterdir())
