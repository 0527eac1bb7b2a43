"""Any reader that gets another file reports it immediately, in one line."""

import ast
import os

import pytest

from loco_mm.errors import InputError

from ..comparing import ROOT
from .readers import OTHERS, READERS, NothingThereError


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def folder(path):
    path.mkdir()


def gone(path):
    pass


def dangling(path):
    path.symlink_to("gone")


def loop(path):
    path.symlink_to(path.name)


def empty(path):
    path.write_bytes(b"")


def zeros(path):
    path.write_bytes(bytes(10_000))


def page(path):
    path.write_text("<!DOCTYPE html>\n<html><body>404: not found</body></html>\n")


def pointer(path):
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 123\n")


def archive(path):
    path.write_bytes(b"PK\x05\x06" + bytes(18))


def latin(path):
    path.write_bytes('{"é": 1}\n'.encode("latin-1"))


ATTACKS = (
    *(pipe, device, folder, gone, dangling, loop),
    *(empty, zeros, page, pointer, archive, latin),
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("name", READERS)
def test_what_is_not_the_file_is_named(name, attack, tmp_path):
    reader = READERS[name]
    path = tmp_path / reader.name
    attack(path)
    if attack.__name__ in reader.odd:
        reader.accept(path)
        return
    with pytest.raises((InputError, NothingThereError)) as caught:
        reader.accept(path)
    if caught.type is NothingThereError:
        assert not path.exists()
        return
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text and len(text) < 1000


def test_every_reader_is_listed():
    found = set()
    for path in (ROOT / "loco_mm").rglob("*.py"):
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
        }
        if names & {"open_regular", "read_json", "read_text"} or path.name == "reading.py":
            found.add(path.relative_to(ROOT / "loco_mm").as_posix())
    assert found == {reader.module for reader in READERS.values()} | set(OTHERS)
