"""Reads checkpoints of TensorFlow, which are tensor bundles, without TensorFlow.

A bundle is a file ``NAME.index`` and data files ``NAME.data-00000-of-00001``. The index is a sorted
string table, as in LevelDB: blocks of keys and values, a block that lists these blocks, and a
footer of 48 bytes. Its values are protocol buffers (``BundleEntryProto``) that describe a tensor.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from .reading import open_regular

INDEX_SUFFIX = ".index"

_FOOTER, _MAGIC = 48, bytes.fromhex("57fb808b247547db")
# Types of protocol buffers on the wire, and field numbers of a bundle's entry.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DTYPE, _SHAPE, _SHARD, _OFFSET, _SIZE = 1, 2, 3, 4, 5
_FLOAT32 = 1


class _Entry(NamedTuple):
    """A tensor of a bundle: numbers of its type and data file, shape, and place in that file."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int


def read_tensor_bundle(index: str | Path) -> dict[str, np.ndarray]:
    """Read the float32 tensors of a checkpoint that TensorFlow has written.

    Args:
        index: The file that ends in ``.index``; its data file is next to it.

    Returns:
        dict[str, np.ndarray]: Arrays by name. Tensors of other types are left out.

    Raises:
        InputError: A file is missing, is not part of a bundle, or is shorter than the index says,
            or the bundle has several data files.
    """
    index = Path(index)
    with open_regular(index, "checkpoint of TensorFlow") as file:
        content = file.read()
    try:
        entries = {key.decode(): _entry(value) for key, value in _table(content) if key}
    except (IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"checkpoint of TensorFlow {index}: expected the index of a tensor bundle, got other "
            f"or damaged data ({error})"
        ) from error
    data = index.with_name(index.name.removesuffix(INDEX_SUFFIX) + ".data-00000-of-00001")
    with open_regular(data, "checkpoint of TensorFlow") as file:
        values = file.read()
    arrays = {}
    for name, entry in entries.items():
        if entry.dtype != _FLOAT32:
            continue
        count = int(np.prod(entry.shape, dtype=object))
        if entry.shard or entry.size != 4 * count or entry.offset + entry.size > len(values):
            raise InputError(
                f"checkpoint of TensorFlow {data}: {name}: expected {4 * count} bytes at "
                f"{entry.offset} of a single data file, got a file of {len(values)} bytes"
            )
        found = np.frombuffer(values, "<f4", count, entry.offset)
        arrays[name] = found.reshape(entry.shape).astype(np.float32)
    return arrays


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a sorted string table."""
    footer = content[-_FOOTER:]
    if len(footer) < _FOOTER or not footer.endswith(_MAGIC):
        raise ValueError("no footer of a table")
    place, position = [], 0
    for _ in range(4):  # offset and size of an unused block, and of the list of blocks
        number, position = _varint(footer, position)
        place.append(number)
    for _, value in _block(content, place[2], place[3]):
        offset, position = _varint(value, 0)
        size, _ = _varint(value, position)
        yield from _block(content, offset, size)


def _block(content: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key repeats the start of the previous one."""
    block = content[offset : offset + size]
    if len(block) < max(size, 4) or content[offset + size] != 0:
        raise ValueError("a block that is incomplete or compressed")
    restarts = int.from_bytes(block[-4:], "little")
    end, position, key = size - 4 - 4 * restarts, 0, b""
    while position < end:
        shared, position = _varint(block, position)
        fresh, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + fresh]
        position += fresh
        yield key, block[position : position + length]
        position += length


def _entry(message: bytes) -> _Entry:
    fields = dict(_fields(message))
    shape = [dict(_fields(size)).get(1, 0) for key, size in _fields(fields.get(_SHAPE, b""))]
    numbers = [fields.get(key, 0) for key in (_DTYPE, _SHARD, _OFFSET, _SIZE)]
    if not all(isinstance(number, int) for number in [*shape, *numbers]):
        raise ValueError("a tensor without a shape or place")
    dtype, *place = numbers
    return _Entry(dtype, tuple(shape), *place)


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Field numbers and values, numbers or bytes, of a protocol buffer."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire = tag >> 3, tag & 7
        value: Any
        if wire == _VARINT:
            value, position = _varint(message, position)
        else:
            if wire == _BYTES:
                length, position = _varint(message, position)
            elif wire in (_FIXED32, _FIXED64):
                length = 4 if wire == _FIXED32 else 8
            else:
                raise ValueError(f"a field of type {wire}")
            value = message[position : position + length]
            position += length
        yield number, value


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """A number of 7 bits per byte, and the position after it."""
    number = shift = 0
    while shift < 64:
        byte = content[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
        shift += 7
    raise ValueError("a number of more than 64 bits")
