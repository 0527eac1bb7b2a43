"""Waveforms and small copies of media files for a page."""

import io
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.image import imsave

from ...errors import InputError
from ...media import FrameSpec, Media, Pictures, Sound, read_frames, read_sound, write_video

# Frame rate, shorter side in pixels, and sampling rate of a copy.
_FPS, _SIDE, _RATE = 12.5, 240, 22050
# Quality of the encoder: about 0.5 MB per minute with little motion, and 2 MB with much motion.
_OPTIONS = {"preset": "veryfast", "crf": "30", "maxrate": "250k", "bufsize": "500k"}
# Approximate maximum number of bytes per second of a copy.
BYTES_A_SECOND = 45_000
_WAVE_RATE, _MOST_BINS = 8000, 2000


def waveform(media: Media) -> np.ndarray:
    """Loudness of a file over time.

    Args:
        media: The file.

    Returns:
        np.ndarray: (B,) uint8 peaks in equal parts of its duration; 255 is full scale.
    """
    count = max(1, round(media.duration * _WAVE_RATE))
    bins = min(_MOST_BINS, count)
    peaks, start = np.zeros(bins), 0
    for piece in read_sound(media, _WAVE_RATE, count):
        index = (start + np.arange(len(piece))) * bins // count
        np.maximum.at(peaks, index, np.abs(piece))
        start += len(piece)
    return np.round(255 * peaks.clip(0, 1)).astype(np.uint8)


def preview(media: Media) -> tuple[bytes, bytes]:
    """A small copy of a file that all browsers can play: H.264 and AAC in MP4.

    It starts at the first frame or sample, as the time axis of the features.

    Args:
        media: The file.

    Returns:
        tuple[bytes, bytes]: The copy, and its middle frame in half the size as JPEG.
    """
    count = max(1, round(media.duration * _FPS))
    frames = read_frames(media, _FPS, count, FrameSpec(None, _SIDE))
    first = next(frames, None)
    if first is None:
        raise InputError(f"media file {media.path}: no frame can be decoded")
    height, width = (side // 2 * 2 for side in first.shape[:2])
    middle = first[:height, :width]

    def pictures():
        nonlocal middle
        yield middle
        for number, frame in enumerate(frames, 1):
            if number == count // 2:
                middle = frame[:height, :width]
            yield frame[:height, :width]

    samples = np.concatenate(list(read_sound(media, _RATE, round(media.duration * _RATE))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "preview.mp4"
        written = Pictures(pictures(), (width, height), _FPS, options=_OPTIONS)
        write_video(path, written, Sound(samples[None], _RATE))
        return path.read_bytes(), _thumbnail(middle)


def _thumbnail(frame: np.ndarray) -> bytes:
    """(H, W, 3) frame in half the size as JPEG; H and W are even."""
    height, width, _ = frame.shape
    small = frame.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
    file = io.BytesIO()
    imsave(file, small.astype(np.uint8), format="jpeg")
    return file.getvalue()
