"""Features without weights: statistics of layout, motion and sound.

Shape letters: N windows, F frames of a window, S samples of a window.
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

# Height and width, in cells, of the grid over which colours and motion are averaged.
CELLS = 8
# Number of histogram bins for each colour.
SHADES = 4


class PictureStatistics(ClipEncoder):
    """Layout, colours and motion energy of the frames of a window.

    Channels: mean red, green, blue in 8 x 8 cells (192) in [-1, 1]; square root of a histogram of
    4 x 4 x 4 colours (64); mean absolute change of brightness between frames in the cells (64), and
    its mean and maximum over the window (2), where 1 is a tenth of full brightness.
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
    """Level and onsets of the audio of a window, in frequency bands.

    Channels: mean (64) and standard deviation (64) over the window of ``log(m + 0.01)`` for the
    magnitudes ``m`` in 64 mel bands from 50 to 8000 Hz, with the mean halved and shifted so that
    silence is near -1; onset strength, the mean over bands of the increase of that logarithm within
    10 ms: its mean (times 10) and its maximum over the window (2).
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
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``; by default windows of 0.5 s with
            a stride of 0.25 s at 16 fps.
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
    """(N, F, CELLS, CELLS, C) means of images (N, F, H, W, C) over cells."""
    n, frames, height, width, channels = images.shape
    shape = (n, frames, CELLS, height // CELLS, CELLS, width // CELLS, channels)
    return images.reshape(shape).mean((3, 5))


def _histogram(clips: np.ndarray) -> np.ndarray:
    """(N, SHADES ** 3) square roots of the colour histogram."""
    shades = (clips // (256 // SHADES)).astype(np.int64)
    codes = (shades[..., 0] * SHADES + shades[..., 1]) * SHADES + shades[..., 2]
    codes = codes.reshape(len(clips), -1)
    counts = np.stack([np.bincount(row, minlength=SHADES**3) for row in codes])
    return np.sqrt(counts / codes.shape[1])
