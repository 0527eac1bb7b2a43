"""Mel spectra.

Shape letters: N windows, S samples, F frames of a window, B bands.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class MelSpectrum:
    """Magnitudes of sound in bands of equal width on the mel scale of HTK.

    Frames are windowed by a periodic Hann window, none reaches beyond the samples, and a band is a
    triangle on the mel axis, of height 1 (Hershey et al., "CNN Architectures for Large-Scale Audio
    Classification", ICASSP 2017: the front end of AudioSet's models).

    Attributes:
        rate: Samples a second.
        window: Samples of a frame.
        hop: Samples between the starts of two frames.
        bands: Bands.
        low: Lower edge of the first band, Hz.
        high: Upper edge of the last, Hz.
    """

    rate: int = 16000
    window: int = 400
    hop: int = 160
    bands: int = 64
    low: float = 125.0
    high: float = 7500.0

    @property
    def fft(self) -> int:
        """Points of the transform: the power of two that holds a frame."""
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
        filters[0] = 0  # the mean is not heard
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
