"""The sound of a video at a constant rate."""

from collections.abc import Iterator

import numpy as np

from ..errors import InputError
from .graphs import filtered
from .probe import Media


def read_sound(media: Media, rate: int, count: int) -> Iterator[np.ndarray]:
    """Decode the sound of a video, mixed to one channel, piece by piece.

    Sample ``k`` stands for the second ``k / rate``. Where nothing is heard yet, not any more, or
    not for a while (a gap in the timestamps), there is silence.

    Args:
        media (Media): The file.
        rate (int): Samples a second.
        count (int): Samples to give.

    Yields:
        np.ndarray: (n,) float32, mostly in [-1, 1].

    Raises:
        InputError: The file breaks while it is read, or no sound can be decoded.
    """

    def filters(source, first) -> list[tuple[str, str]]:
        # Gaps are filled; what is mixed stays within the range of what it is mixed from.
        options = f"{rate}:async=1:first_pts=0:rematrix_maxval=1"
        return [("aresample", f"{options}:out_chlayout=mono:out_sample_fmt=flt")]

    given, found = 0, False
    for frame in filtered(media, "audio", filters):
        found = True
        samples = frame.to_ndarray()[0][: count - given]
        given += len(samples)
        yield samples
        if given == count:
            return
    if not found:
        raise InputError(f"media file {media.path}: none of its sound can be decoded")
    while given < count:
        silence = np.zeros(min(rate, count - given), np.float32)
        given += len(silence)
        yield silence
