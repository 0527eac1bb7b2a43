"""Files that grow while a test reads them."""

import threading
import time
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def growing_copy(source, path, parts=12, pause=0.02):
    """Write a copy of a file piece by piece, in another thread."""
    data = Path(source).read_bytes()
    size = len(data) // parts + 1

    def write():
        with open(path, "ab") as file:
            for start in range(0, len(data), size):
                file.write(data[start : start + size])
                file.flush()
                time.sleep(pause)

    Path(path).write_bytes(b"")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield path
    finally:
        writer.join()
