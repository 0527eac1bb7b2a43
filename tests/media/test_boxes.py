"""The boxes of MP4 files."""

import io

import pytest

from loco_mm.media.boxes import boxes, index_is_last, lacks_index


def box(kind, size):
    return (8 + size).to_bytes(4, "big") + kind + bytes(size)


START = box(b"ftyp", 8)
CASES = {
    "first": (START + box(b"moov", 20) + box(b"mdat", 50), False, False),
    "last": (START + box(b"mdat", 50) + box(b"moov", 20), False, True),
    "fragmented": (START + box(b"moov", 20) + box(b"moof", 9) + box(b"mdat", 50), False, False),
    "not yet": (START + box(b"mdat", 50), True, False),
    "data of unknown length": (START + bytes(4) + b"mdat" + bytes(50), True, False),
    "cut": (START + box(b"mdat", 50) + box(b"moov", 20)[:-1], True, True),
    "another format": (b"\x1aE\xdf\xa3" + bytes(40), False, False),
    "nothing": (b"", False, False),
}


@pytest.mark.parametrize("name", CASES)
def test_where_the_index_is(name):
    data, lacks, is_last = CASES[name]
    assert lacks_index(io.BytesIO(data)) is lacks
    assert index_is_last(io.BytesIO(data)) is is_last


def test_kinds_and_ends():
    big = (1).to_bytes(4, "big") + b"mdat" + (1 << 40).to_bytes(8, "big")
    assert list(boxes(io.BytesIO(START + big)))[:2] == [(b"ftyp", 16), (b"mdat", 16 + (1 << 40))]
