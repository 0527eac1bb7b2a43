"""What a page shows of a media file: its waveform, and a small copy of it."""

import tempfile
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...media import FrameSpec, Media, Pictures, Sound, read_frames, read_sound, write_video

# A copy's pictures a second, shorter side in pixels, and samples a second.
_FPS, _SIDE, _RATE = 12.5, 240, 22050
# Of the encoder: half a megabyte a minute where little moves, two where much does.
_OPTIONS = {"preset": "veryfast", "crf": "30", "maxrate": "250k", "bufsize": "500k"}
# Bytes a second that a copy has at most, nearly.
BYTES_A_SECOND = 45_000
_WAVE_RATE, _MOST_BINS = 8000, 2000


def waveform(media: Media) -> np.ndarray:
    """The loudness of a file over time.

    Args:
        media: The file.

    Returns:
        np.ndarray: (B,) uint8 peaks, of equal parts of its duration; 255 is full scale.
    """
    count = max(1, round(media.duration * _WAVE_RATE))
    bins = min(_MOST_BINS, count)
    peaks, start = np.zeros(bins), 0
    for piece in read_sound(media, _WAVE_RATE, count):
        index = (start + np.arange(len(piece))) * bins // count
        np.maximum.at(peaks, index, np.abs(piece))
        start += len(piece)
    return np.round(255 * peaks.clip(0, 1)).astype(np.uint8)


def preview(media: Media) -> bytes:
    """A small copy of a file, which all browsers play: H.264 and AAC in MP4.

    Its clock is that of the features: it starts at the first of what is shown or heard.

    Args:
        media: The file.
    """
    count = max(1, round(media.duration * _FPS))
    frames = read_frames(media, _FPS, count, FrameSpec(None, _SIDE))
    first = next(frames, None)
    if first is None:
        raise InputError(f"media file {media.path}: no picture can be decoded")
    height, width = (side // 2 * 2 for side in first.shape[:2])

    def pictures():
        yield first[:height, :width]
        for frame in frames:
            yield frame[:height, :width]

    samples = np.concatenate(list(read_sound(media, _RATE, round(media.duration * _RATE))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "preview.mp4"
        written = Pictures(pictures(), (width, height), _FPS, options=_OPTIONS)
        write_video(path, written, Sound(samples[None], _RATE))
        return path.read_bytes()
