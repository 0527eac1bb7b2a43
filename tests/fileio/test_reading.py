"""Files opened for reading."""

import os

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import atomic_write, inputs_kept, open_regular, read_text, write_text


def test_what_is_no_file_is_refused_and_not_waited_on(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    for name, text in (
        ("pipe", "expected a file, got a folder, device or pipe"),
        ("device", "expected a file, got a folder, device or pipe"),
        (".", "expected a file, got a folder, device or pipe"),
        ("gone", "no such file; look elsewhere"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
        ("file/x", "cannot be read: Not a directory"),
        ("x" * 300, "cannot be read: File name too long"),
    ):
        path = tmp_path / name
        with (
            pytest.raises(InputError, match=f"thing {path}: {text}"),
            open_regular(path, "thing", "; look elsewhere"),
        ):
            pass
    with open_regular(tmp_path / "link", "thing") as file:
        assert file.read() == b"x"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_what_may_not_be_read_is_reported(tmp_path):
    path = tmp_path / "x"
    path.touch(mode=0)
    with (
        pytest.raises(InputError, match="cannot be read: Permission denied"),
        open_regular(path, "thing"),
    ):
        pass


def test_what_a_tool_has_read_is_kept(tmp_path):
    source, link, other = tmp_path / "in", tmp_path / "link", tmp_path / "other"
    source.write_text("text")
    link.symlink_to(source)
    with inputs_kept():
        read_text(source, "file")
        for path in (source, link):
            with pytest.raises(InputError, match=f"{path}: would replace the input {source}"):
                write_text(path, "new")
        # Its own record may be replaced, and so may a file that reuses the inode of a deleted one.
        with atomic_write(source, own=True) as file:
            file.write("own")
        read_text(source, "file")
        source.rename(other)
        write_text(other, "new")
    write_text(other, "newer")
    assert other.read_text() == "newer"
