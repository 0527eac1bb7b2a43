"""Files that are written completely or not at all."""

import os
import shutil
import stat

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import atomic_write, check_folder, check_output, locked, replace_whole


def write(path, text="new"):
    with atomic_write(path) as file:
        file.write(text)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_the_old_one_until_it_is_the_new_one(tmp_path):
    path = tmp_path / "sub" / "x"
    write(path, "old")
    with atomic_write(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.rglob("*")) == [path.parent, path]


def test_what_a_killed_process_left_goes_and_what_is_being_written_stays(tmp_path):
    left, other = tmp_path / f".{'0' * 32}.tmp", tmp_path / ".mine.tmp"
    (tmp_path / f".{'1' * 32}.tmp").mkdir()
    left.touch()
    other.touch()
    with replace_whole(tmp_path / "x") as temporary:
        with locked(tmp_path / ".lock", "wait"):
            assert not left.exists()
            assert other.exists() and temporary.exists()
        temporary.write_text("whole")
    assert (tmp_path / "x").read_text() == "whole"


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "x"
    write(path, "old")
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "deep").mkdir()
    target, link = tmp_path / "deep" / "target", tmp_path / "link"
    link.symlink_to("deep/target")
    for text in ("made", "replaced"):
        write(link, text)
        assert link.is_symlink()
        assert target.read_text() == text
    assert list((tmp_path / "deep").iterdir()) == [target]


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o664])
def test_permissions_are_kept_and_ordinary_for_a_new_file(tmp_path, bits):
    path = tmp_path / "x"
    write(path)
    umask = os.umask(0)
    os.umask(umask)
    assert mode(path) == 0o666 & ~umask
    path.chmod(bits)
    with atomic_write(path) as file:
        file.write("secret")
        [temporary] = [p for p in tmp_path.iterdir() if p != path]
        assert mode(temporary) == bits
    assert mode(path) == bits


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "device").symlink_to("/dev/null")
    for name, text in (
        ("pipe", "got a device, pipe or socket"),
        ("device", "got a device, pipe or socket"),
        (".", "expected a file, got a folder"),
        ("loop", "cannot be written"),
        ("x" * 300, "cannot be written: File name too long"),
        ("pipe/x", "cannot be written: Not a directory"),
    ):
        before = sorted(tmp_path.iterdir())
        with pytest.raises(InputError, match=text):
            write(tmp_path / name)
        with pytest.raises(InputError, match=text):
            check_output(tmp_path / name)
        assert sorted(tmp_path.iterdir()) == before
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_name_as_long_as_names_may_be_is_written(tmp_path):
    write(tmp_path / ("x" * 255))


def test_an_input_is_not_replaced_under_any_name(tmp_path):
    source, link = tmp_path / "in", tmp_path / "link"
    source.write_text("data")
    link.symlink_to("in")
    os.link(source, tmp_path / "hard")
    for path in (source, link, tmp_path / "hard", tmp_path / "." / "in"):
        with pytest.raises(InputError, match="would replace the input"):
            check_output(path, inputs=["https://host/x", source])
    check_output(tmp_path / "out", inputs=[source, tmp_path / "gone"])


def test_folders_are_tried_and_not_made(tmp_path):
    check_folder(tmp_path / "a" / "b")
    check_folder(tmp_path)
    check_output(tmp_path / "a" / "x.json")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("gone")
    (tmp_path / "other").symlink_to(".")
    check_folder(tmp_path / "other" / "new")
    before = sorted(tmp_path.iterdir())
    for name, text in (
        ("file", "expected a folder, got a file"),
        ("file/x", "Not a directory"),
        ("link", "a broken link"),
        ("a/" + "x" * 300, "File name too long"),
        ("x" * 300 + "/a", "File name too long"),
        ("a/" * 3000, "File name too long"),
        ("nul\0", "no name of a file or folder"),
    ):
        with pytest.raises(InputError, match=text):
            check_folder(f"{tmp_path}/{name}")
    assert sorted(tmp_path.iterdir()) == before


def test_a_full_disk_is_reported_and_the_attempt_leaves_nothing(tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path).free
    check_folder(tmp_path, free // 2)
    with pytest.raises(
        InputError,
        match=rf"{tmp_path}: expected at least \d+ MB free on the disk, got \d+ MB",
    ):
        check_folder(tmp_path, 2 * free)

    def fsync(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    for check in (check_folder, check_output):
        with pytest.raises(InputError, match="cannot be written: No space left"):
            check(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
