"""Mel spectrograms.

Shape letters: N windows, S samples, F frames of a window, B bands.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class MelSpectrum:
    """Magnitudes in bands of equal width on HTK's mel scale.

    Frames have a periodic Hann window and lie within the samples; bands are triangles on the mel
    axis with a height of 1 (Hershey et al., "CNN Architectures for Large-Scale Audio
    Classification", ICASSP 2017: the front end of AudioSet's models).

    Attributes:
        rate: Sampling rate in Hz.
        window: Number of samples per frame.
        hop: Number of samples between the starts of two frames.
        bands: Number of bands.
        low: Lower edge of the first band in Hz.
        high: Upper edge of the last band in Hz.
    """

    rate: int = 16000
    window: int = 400
    hop: int = 160
    bands: int = 64
    low: float = 125.0
    high: float = 7500.0

    @property
    def fft(self) -> int:
        """Size of the transform: the smallest power of two that holds a frame."""
        return 1 << (self.window - 1).bit_length()

    @cached_property
    def filters(self) -> np.ndarray:
        """(fft / 2 + 1, B) weights of the frequencies in each band."""
        frequencies = _mel(np.linspace(0, self.rate / 2, self.fft // 2 + 1))
        edges = np.linspace(_mel(self.low), _mel(self.high), self.bands + 2)
        width = np.diff(edges)
        up = (frequencies[:, None] - edges[:-2]) / width[:-1]
        down = (edges[2:] - frequencies[:, None]) / width[1:]
        filters = np.maximum(0, np.minimum(up, down))
        filters[0] = 0  # excludes the mean
        return filters

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """(N, S) samples to (N, F, B) magnitudes, float64; at least one frame."""
        missing = max(0, self.window - sound.shape[1])
        sound = np.pad(sound.astype(np.float64), ((0, 0), (0, missing)))
        frames = np.lib.stride_tricks.sliding_window_view(sound, self.window, axis=1)
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.window) / self.window)
        spectra = np.abs(np.fft.rfft(frames[:, :: self.hop] * hann, self.fft))
        return spectra @ self.filters


def _mel(hertz):
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)
