"""Features without weights: what is where, how it moves, and how it sounds.

Shape letters: N windows, F pictures of a window, S samples of a window.
"""

from typing import Any

import numpy as np

from ..arguments import checked
from ..media import FrameSpec
from ..registry import EXTRACTORS
from ..structures import FEATURE_KINDS
from .base_extractor import BaseExtractor
from .encoders import AudioEncoder, ClipEncoder
from .mel import MelSpectrum

# Cells each way, in which colours and motion are averaged.
CELLS = 8
# Shades of each colour that the histogram tells apart.
SHADES = 4


class PictureStatistics(ClipEncoder):
    """Layout, colours and motion energy of the pictures of a window.

    Channels: mean red, green, blue in 8 x 8 cells (192) in [-1, 1]; the square root of a histogram
    of 4 x 4 x 4 colours (64); mean absolute change of brightness from picture to picture in the
    cells (64), and its mean and its peak over the window (2); 1 is a tenth of full brightness.
    """

    dims = (3 * CELLS**2 + SHADES**3 + CELLS**2 + 2,)
    spec = FrameSpec(64, scaling="area")

    def encode_clips(self, clips):
        """See :meth:`ClipEncoder.encode_clips`."""
        cells = _cells(clips / np.float32(255)).mean(1)
        layout = 2 * cells.reshape(len(clips), -1) - 1
        change = np.abs(np.diff(clips.astype(np.float32).mean(-1), axis=1)) / 25.5
        if not change.shape[1]:
            change = np.zeros_like(clips[:, :1, ..., 0], np.float32)
        motion = _cells(change[..., None]).mean(1).reshape(len(clips), -1)
        overall = change.mean((2, 3))
        parts = [layout, _histogram(clips), motion, overall.mean(1)[:, None]]
        return (np.concatenate([*parts, overall.max(1)[:, None]], 1).astype(np.float32),)


class SoundStatistics(AudioEncoder):
    """Level and onsets of sound in bands.

    Channels: mean (64) and standard deviation (64) over the window of ``log(m + 0.01)`` of the
    magnitudes ``m`` in 64 mel bands from 50 to 8000 Hz, the mean halved and lifted so that silence
    is near -1; onset strength, the mean over bands of the increase of that logarithm from one
    10 ms to the next, its mean (times 10) and its peak over the window (2).
    """

    rate = 16000
    dim = 2 * 64 + 2

    def __init__(self) -> None:
        self.spectrum = MelSpectrum(self.rate, low=50.0, high=8000.0)

    def encode(self, sound):
        """See :meth:`AudioEncoder.encode`."""
        levels = np.log(self.spectrum(sound) + 0.01)
        onsets = np.maximum(0, np.diff(levels, axis=1)).mean(2)
        if not onsets.shape[1]:
            onsets = np.zeros((len(sound), 1))
        parts = [
            levels.mean(1) / 2 + 1.3,
            levels.std(1),
            10 * onsets.mean(1)[:, None],
            onsets.max(1)[:, None],
        ]
        return np.concatenate(parts, 1).astype(np.float32)


@EXTRACTORS.register_module("spectral")
class SpectralExtractor(BaseExtractor):
    """Features that need no weights: 322 visual and 130 audio channels.

    Args:
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``; by default half a second every
            quarter, of a video at 16 pictures a second.
    """

    needs_weights = False

    @checked
    def __init__(self, grid: Any = None):
        kind = FEATURE_KINDS["spectral"]
        super().__init__(
            PictureStatistics(),
            SoundStatistics(),
            kind.grid if grid is None else grid,
            (kind.visual.suffixes, kind.audio.suffixes[0]),
        )


def _cells(images: np.ndarray) -> np.ndarray:
    """(N, F, H, W, C) means in cells, (N, F, CELLS, CELLS, C)."""
    n, frames, height, width, channels = images.shape
    shape = (n, frames, CELLS, height // CELLS, CELLS, width // CELLS, channels)
    return images.reshape(shape).mean((3, 5))


def _histogram(clips: np.ndarray) -> np.ndarray:
    """(N, SHADES ** 3) square roots of the shares of colours."""
    shades = (clips // (256 // SHADES)).astype(np.int64)
    codes = (shades[..., 0] * SHADES + shades[..., 1]) * SHADES + shades[..., 2]
    codes = codes.reshape(len(clips), -1)
    counts = np.stack([np.bincount(row, minlength=SHADES**3) for row in codes])
    return np.sqrt(counts / codes.shape[1])
