"""Names of media files."""

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import id_of_file, id_of_path, video_files


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("a.mp4", "a"),
        ("some/where/-b.c.MKV", "-b.c"),
        ("sound.wav", "sound"),
        ("https://host/videos/a.webm?t=1", "a"),
        ("/data/local-files/?d=videos/a.mp4", "a"),
        # Not an extension of media files, and thus part of the id.
        ("v1.5", "v1.5"),
        ("plain", "plain"),
        (".mp4", ".mp4"),
        # An id that consists of dots.
        ("....mp4", "..."),
        ("..mp4", "..mp4"),
        ("folder/", ""),
        ("/data/local-files/?d=a.mp4", "a"),
        ("/data/upload/3/1a2b3c4d-a.mp4", "a"),
        ("https://host/a%20b.mp4#t=3", "a b"),
        ("http://[bad", ""),
        # Names are not encoded, and have no queries.
        ("videos/a%20b?c#d.mp4", "a%20b?c#d"),
    ],
)
def test_ids(file, expected):
    assert id_of_file(file) == expected


@pytest.mark.parametrize(
    "ending", [".MTS", ".wmv", ".ogv", ".m2ts", ".vob", ".asf", ".mxf", ".dv", ".f4v", ".mp4"]
)
def test_one_rule_for_files_names_and_folders(tmp_path, ending, monkeypatch):
    file = tmp_path / f"-a.b{ending}"
    file.touch()
    assert id_of_path(file) == id_of_file(file.name) == "-a.b"
    assert video_files(tmp_path, "--media") == {"-a.b": file}
    monkeypatch.chdir(tmp_path)
    assert id_of_path(f"-a.b{ending}") == "-a.b"


def test_the_name_of_a_file_is_no_address():
    assert id_of_path("videos/why?.mp4") == "why?"
    assert id_of_path("videos/v1.5") == "v1.5"


def test_videos_of_a_folder(tmp_path):
    for name in ("b.mp4", "-a.MOV", "notes.txt", "c.wav"):
        (tmp_path / name).touch()
    assert video_files(tmp_path, "--media") == {
        "-a": tmp_path / "-a.MOV",
        "b": tmp_path / "b.mp4",
    }
    (tmp_path / "b.mkv").touch()
    with pytest.raises(InputError, match=r"b.mkv and .*b.mp4 have the same id: rename one"):
        video_files(tmp_path, "--media")
    with pytest.raises(InputError, match="^--media gone: no such folder"):
        video_files("gone", "--media")
