"""Features of a running video.

Shape letters: T steps, D channels of a feature file, S samples of a window.
"""

from itertools import islice

import numpy as np

from ..media import LiveMedia
from .base_extractor import BaseExtractor
from .encoders import Windows
from .windows import batches

# More windows than a stream has.
_ENDLESS = 2**62


class LiveFeatures:
    """Extracts the features of a running video, step by step.

    They are those of :meth:`BaseExtractor.extract` for the complete file.

    Args:
        extractor: The extractor.
        media: The video.
    """

    def __init__(self, extractor: BaseExtractor, media: LiveMedia):
        self.extractor, self.media = extractor, media
        grid, audio = extractor.kind.grid, extractor.audio
        self._size, self._stride = int(grid.num_frames), int(grid.stride)
        self._given = 0
        # Frames from the first one of the next step on.
        self._held: list[np.ndarray] = []
        self._frames = media.frames(grid.fps, extractor.visual.spec)
        endless = Windows(self._size, self._stride, _ENDLESS)
        self._sound = audio.cut(media.sound(audio.rate), grid.fps, endless)

    def take(self, count: int) -> dict[str, np.ndarray]:
        """Wait for the next steps of the video.

        Args:
            count: Number of steps T; fewer are returned at the end of the video, or none.

        Returns:
            dict[str, ndarray]: (T, D) float32 features by suffix of the feature file.

        Raises:
            InputError: The video is invalid, or features are not finite.
        """
        grid, visual = self.extractor.kind.grid, self.extractor.visual
        last = self._given + count - 1
        self.media.read_until((last * self._stride + self._size) / grid.fps)
        if self.media.ended:
            count = min(count, grid.num_steps(self.media.time) - self._given)
        if count <= 0:
            return self.extractor.no_features()
        windows = Windows(self._size, self._stride, count)
        self._hold(windows.frames + visual.extra_frames)
        sound = islice(self._sound, count)
        arrays = map(np.stack, batches(sound, self.extractor.audio.batch))
        name = self.media.tracks["video"].path
        found = self.extractor.encode(name, iter(self._held), arrays, windows)
        self._given += count
        self._hold(count * self._stride)
        del self._held[: count * self._stride]
        return found

    def _hold(self, count: int) -> None:
        """Read frames until so many are there."""
        self._held += islice(self._frames, max(0, count - len(self._held)))
