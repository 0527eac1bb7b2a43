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
        (None, "metainfo.classes: .*None found"),
        (7, "7 found"),
        (["a", 1], r"\[1\]: 1 found, a text expected"),
        (["a", ""], r"\[1\]: '' found, a text that is not empty expected"),
        (["a", "b", "a"], "'a' found 2 times, once expected"),
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
        (b"a\n\nb\n", r"line\[1\]: '' found"),
        (b"a\nb\na", "line: 'a' found 2 times"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"a\nb\0", "zero bytes found"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, message):
    path = tmp_path / "classes.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"class list {path}: .*{message}"):
        class_names(str(path), "x")


def test_a_pipe_is_not_waited_on(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="pipe found, a file expected"):
        class_names(str(tmp_path / "pipe"), "x")
