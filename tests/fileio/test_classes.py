"""Lists of class names."""

import os

import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import class_names


def test_names_come_from_sequences_and_text_files(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_bytes("\ufeffbark \r\nheavy rain\nÄther\n".encode())
    assert class_names(str(path), "x") == ("bark", "heavy rain", "Äther")
    assert class_names(["a", "b"], "x") == ("a", "b")
    assert class_names(("a",), "x") == ("a",)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "metainfo.classes: .* at least 1 item"),
        (None, r"dataset\.metainfo\.classes: expected a list, got None"),
        (7, "got 7"),
        (["a", 1], r"\[1\]: expected a string, got 1"),
        (["a", ""], r"\[1\]: expected a non-empty string, got ''"),
        (["a", "b", "a"], r"dataset\.metainfo\.classes: expected each name once, got 'a' 2 times"),
        ("gone.txt", "class list gone.txt: no such file"),
    ],
)
def test_bad_lists_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        class_names(names, "dataset.metainfo.classes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "at least 1 item"),
        (b"a\n\nb\n", r"line\[1\]: expected a non-empty string, got ''"),
        (b"a\nb\na", "line: expected each name once, got 'a' 2 times"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"a\nb\0", "got zero bytes"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    path = tmp_path / "classes.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"class list {path}: .*{message}"):
        class_names(str(path), "x")


def test_a_pipe_is_not_waited_on(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe: expected a file, got a folder, device or pipe"):
        class_names(str(tmp_path / "pipe"), "x")
