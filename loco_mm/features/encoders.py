"""Base classes of the encoders that an extractor consists of: for frames and for audio.

Shape letters: N windows, F frames of a window, S samples of a window, D channels.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..media import FrameSpec, Media, read_sound
from .windows import batches, sliding, sliding_samples


@dataclass(frozen=True)
class Windows:
    """Sliding windows over frames.

    Attributes:
        size: Number of frames per window.
        stride: Number of frames between the starts of two windows.
        count: Number of windows.
    """

    size: int
    stride: int
    count: int

    @property
    def frames(self) -> int:
        """Number of frames that all windows cover."""
        return (self.count - 1) * self.stride + self.size


class VisualEncoder(ABC):
    """Computes features of windows from the frames of a video.

    Attributes:
        dims: Channels of each feature file.
        spec: Required size of the frames.
        extra_frames (int): Number of frames that a window needs beyond its end.
        networks: Models (``torch.nn.Module``); empty if there are none.
    """

    dims: tuple[int, ...]
    spec: FrameSpec
    extra_frames = 0
    networks: tuple = ()

    @abstractmethod
    def encode(
        self, frames: Iterator[np.ndarray], windows: Windows
    ) -> Iterator[tuple[np.ndarray, ...]]:
        """Encode a video.

        Args:
            frames: (H, W, 3) uint8 frames; ``windows.frames`` plus ``extra_frames`` of them.
            windows: The windows.

        Yields:
            tuple[np.ndarray, ...]: (n, D) float32 for each feature file, for the next n windows.
        """


class FrameEncoder(VisualEncoder):
    """Encodes each frame once; the features of a window are the mean over its frames.

    Attributes:
        batch (int): Number of frames per batch.
    """

    batch = 32

    @abstractmethod
    def encode_frames(self, frames: np.ndarray) -> np.ndarray:
        """(F, H, W, 3) uint8 frames to (F, D) float32."""

    def encode(self, frames, windows):
        """See :meth:`VisualEncoder.encode`."""
        encoded = (
            features
            for batch in batches(frames, self.batch)
            for features in self.encode_frames(np.stack(batch))
        )
        for window in sliding(encoded, windows.size, windows.stride, windows.count):
            yield (np.mean(window, axis=0, dtype=np.float32)[None],)


class ClipEncoder(VisualEncoder):
    """Encodes all frames of a window together.

    Attributes:
        batch (int): Number of windows per batch.
    """

    batch = 8

    @abstractmethod
    def encode_clips(self, clips: np.ndarray) -> tuple[np.ndarray, ...]:
        """(N, F, H, W, 3) uint8 windows to (N, D) float32 for each feature file."""

    def encode(self, frames, windows):
        """See :meth:`VisualEncoder.encode`."""
        size = windows.size + self.extra_frames
        clips = sliding(frames, size, windows.stride, windows.count)
        for batch in batches(clips, self.batch):
            yield self.encode_clips(np.array(batch))


class AudioEncoder(ABC):
    """Computes features of windows from audio samples.

    Attributes:
        dim: Number of channels.
        rate: Sampling rate in Hz.
        extra_samples (int): Number of samples that a window needs beyond its end.
        batch (int): Number of windows per batch.
        networks: Models (``torch.nn.Module``); empty if there are none.
    """

    dim: int
    rate: int
    extra_samples = 0
    batch = 32
    networks: tuple = ()

    @abstractmethod
    def encode(self, sound: np.ndarray) -> np.ndarray:
        """(N, S) float32 samples in [-1, 1] to (N, D) float32."""

    def windows(self, media: Media, fps: float, windows: Windows) -> Iterator[np.ndarray]:
        """Read the audio of sliding windows.

        Args:
            media: The file.
            fps: Frames per second of the windows.
            windows: The windows, in frames.

        Yields:
            np.ndarray: (N, S) float32 samples of the next windows.
        """
        last = self._start(windows.count - 1, fps, windows)
        pieces = read_sound(media, self.rate, last + self._size(fps, windows))
        for batch in batches(self.cut(pieces, fps, windows), self.batch):
            yield np.stack(batch)

    def cut(
        self, pieces: Iterable[np.ndarray], fps: float, windows: Windows
    ) -> Iterator[np.ndarray]:
        """Cut audio into sliding windows, as (S,) samples each.

        Args:
            pieces: (n,) samples, consecutive pieces.
            fps: Frames per second of the windows.
            windows: The windows, in frames.
        """
        starts = (self._start(step, fps, windows) for step in range(windows.count))
        return sliding_samples(pieces, starts, self._size(fps, windows))

    def _start(self, step: int, fps: float, windows: Windows) -> int:
        return round(step * windows.stride / fps * self.rate)

    def _size(self, fps: float, windows: Windows) -> int:
        return round(windows.size / fps * self.rate) + self.extra_samples
