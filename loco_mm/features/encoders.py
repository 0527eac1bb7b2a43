"""What extractors are made of: an encoder of pictures, and one of sound.

Shape letters: N windows, F pictures of a window, S samples of a window, D channels.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..media import FrameSpec
from .windows import batches, sliding


@dataclass(frozen=True)
class Windows:
    """Windows over pictures.

    Attributes:
        size: Pictures of a window.
        stride: Pictures between the starts of two windows.
        count: Windows to give.
    """

    size: int
    stride: int
    count: int

    @property
    def frames(self) -> int:
        """Pictures that all of them cover."""
        return (self.count - 1) * self.stride + self.size


class VisualEncoder(ABC):
    """Turns the pictures of a video into features of windows.

    Attributes:
        dims: Channels of each feature file.
        spec: Size of the pictures that it takes.
        extra_frames (int): Pictures that a window needs beyond its end.
        networks: Its models (``torch.nn.Module``), empty where it has none.
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
            frames: (H, W, 3) uint8 pictures, ``windows.frames`` and
                ``extra_frames``.
            windows: Which of them make a window.

        Yields:
            tuple[np.ndarray, ...]: (n, D) float32 for each feature file, of the next n windows.
        """


class FrameEncoder(VisualEncoder):
    """Encodes each picture by itself, once; a window's features are their mean.

    Attributes:
        batch (int): Pictures encoded together.
    """

    batch = 32

    @abstractmethod
    def encode_frames(self, frames: np.ndarray) -> np.ndarray:
        """(F, H, W, 3) uint8 pictures to (F, D) float32."""

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
    """Encodes the pictures of a window together.

    Attributes:
        batch (int): Windows encoded together.
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
    """Turns the sound of windows into features.

    Attributes:
        dim: Channels.
        rate: Samples a second that it takes.
        extra_samples (int): Samples that a window needs beyond its end.
        batch (int): Windows encoded together.
        networks: Its models (``torch.nn.Module``), empty where it has none.
    """

    dim: int
    rate: int
    extra_samples = 0
    batch = 32
    networks: tuple = ()

    @abstractmethod
    def encode(self, sound: np.ndarray) -> np.ndarray:
        """(N, S) float32 samples in [-1, 1] to (N, D) float32."""
