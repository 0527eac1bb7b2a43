"""Writes small checkpoints in TensorFlow's format."""

from pathlib import Path

import numpy as np

MAGIC = bytes.fromhex("57fb808b247547db")


def varint(number):
    """A number of 7 bits per byte."""
    parts = [number >> shift & 127 for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([part | 128 for part in parts[:-1]] + parts[-1:])


def entry(shape, offset, size, dtype=1, shard=0):
    """Description of a tensor."""
    sizes = b"".join(
        b"\x12" + varint(len(dim)) + dim for dim in (b"\x08" + varint(n) for n in shape)
    )
    fields = [(1, dtype), (3, shard), (4, offset), (5, size)]
    numbers = [varint(key << 3) + varint(value) for key, value in fields]
    shape_field = b"\x12" + varint(len(sizes)) + sizes
    # The checksum, which is not read, is a field of 4 bytes.
    return numbers[0] + shape_field + b"".join(numbers[1:]) + b"\x35abcd"


def block(pairs):
    """Keys and values; each key repeats the start of the previous one."""
    content, last = b"", b""
    for key, value in pairs:
        shared = next(
            (n for n in range(len(key), 0, -1) if last[:n] == key[:n] and len(last) >= n), 0
        )
        content += varint(shared) + varint(len(key) - shared) + varint(len(value))
        content += key[shared:] + value
        last = key
    # One restart at 0; then type and checksum.
    return content + bytes(4) + (1).to_bytes(4, "little"), b"\0abcd"


def table(entries):
    """Content of an index."""
    first, end = block([(b"", b"\x08\x01"), *sorted(entries.items())])
    place = varint(0) + varint(len(first))
    listed, listed_end = block([(b"z", place)])
    start = len(first) + len(end)
    footer = varint(0) + varint(0) + varint(start) + varint(len(listed))
    return first + end + listed + listed_end + footer.ljust(40, b"\0") + MAGIC


def write_bundle(index, arrays, more=()):
    """Write arrays, and further entries by name, and return the path of the index."""
    entries, content = dict(more), b""
    for name, array in arrays.items():
        values = np.asarray(array, "<f4").tobytes()
        entries[name.encode()] = entry(np.shape(array), len(content), len(values))
        content += values
    index = Path(index)
    index.write_bytes(table(entries))
    index.with_suffix(".data-00000-of-00001").write_bytes(content)
    return index
