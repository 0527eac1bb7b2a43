"""Names of media files."""

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import id_of_file, video_files


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("a.mp4", "a"),
        ("some/where/-b.c.MKV", "-b.c"),
        ("sound.wav", "sound"),
        ("https://host/videos/a.webm?t=1", "a"),
        ("/data/local-files/?d=videos/a.mp4", "a"),
        # No ending of a media file, and so part of the id.
        ("v1.5", "v1.5"),
        ("plain", "plain"),
        (".mp4", ".mp4"),
        ("folder/", ""),
    ],
)
def test_ids(file, expected):
    assert id_of_file(file) == expected


def test_videos_of_a_folder(tmp_path):
    for name in ("b.mp4", "-a.MOV", "notes.txt", "c.wav"):
        (tmp_path / name).touch()
    assert video_files(tmp_path, "--media") == {
        "-a": tmp_path / "-a.MOV",
        "b": tmp_path / "b.mp4",
    }
    (tmp_path / "b.mkv").touch()
    with pytest.raises(InputError, match=r"b.mkv and .*b.mp4 have one id: rename one"):
        video_files(tmp_path, "--media")
    with pytest.raises(InputError, match="^--media gone: no such folder"):
        video_files("gone", "--media")
