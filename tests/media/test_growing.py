"""Files that are read while they grow."""

import io
import os
import threading
import time

import pytest

from loco_mm.errors import InputError
from loco_mm.media.growing import GrowingFile, Pipe, growing

from .growth import growing_copy
from .test_boxes import CASES


def test_it_waits_for_what_is_written(tmp_path):
    data = bytes(range(256)) * 40
    (tmp_path / "a").write_bytes(data)
    with growing_copy(tmp_path / "a", tmp_path / "b") as path, growing(path, 0.5) as file:
        found = b""
        while piece := file.read(1000):
            found += piece
    assert found == data


def test_it_waits_once_at_the_end(tmp_path):
    (tmp_path / "a").write_bytes(b"12345678")
    with growing(tmp_path / "a", 0.2) as file:
        assert file.read(100) == b"12345678"
        start = time.monotonic()
        assert [file.read(100) for _ in range(20)] == [b""] * 20
        assert 0.2 <= time.monotonic() - start < 2


@pytest.mark.parametrize("name", ["not yet", "data of unknown length"])
def test_a_recording_that_cannot_be_read_yet(tmp_path, name):
    path = tmp_path / "a.mp4"
    path.write_bytes(CASES[name][0])
    with (
        pytest.raises(InputError, match=r"a.mp4: its index \(moov\) is missing: .*MPEG-TS"),
        growing(path, 0.0),
    ):
        pass


def test_only_an_index_at_the_end_needs_seeking(tmp_path):
    for name, (data, lacks, is_last) in CASES.items():
        (tmp_path / "a").write_bytes(data)
        if not lacks:
            with growing(tmp_path / "a", 0.0) as file:
                assert hasattr(file, "seek") is is_last, name
                assert file.read() == data


def test_a_pipe_gives_what_it_has():
    read, write = os.pipe()
    os.write(write, b"abc")
    closing = threading.Timer(0.2, os.close, [write])
    closing.start()
    with os.fdopen(read, "rb") as file:
        pipe = Pipe(file)
        assert pipe.read(32768) == b"abc"
        assert pipe.read(32768) == b""
    closing.join()
    assert Pipe(io.BytesIO(b"abc")).read(2) == b"ab"
    assert GrowingFile(io.BytesIO(b"abc"), 0.0).read() == b"abc"
