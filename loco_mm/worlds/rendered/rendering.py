"""Renders the frames and audio of a scene.

Shape letters: H and W pixels, S samples.
"""

from collections.abc import Iterator

import numpy as np

from .looks import CLASSES, draw
from .scenes import Scene, Span

_LOOK_STREAM, _SOUND_STREAM = 21, 22
# Duration in seconds of fades at the ends of a sound.
_FADE = 0.02


def pictures(
    scene: Scene, key: tuple[int, ...], fps: float, size: tuple[int, int]
) -> Iterator[np.ndarray]:
    """Frames of a scene: shapes on a background that differs between videos.

    Args:
        scene: The scene.
        key: Numbers that identify the video, including the seed.
        fps: Frame rate.
        size: Width and height.

    Yields:
        np.ndarray: (H, W, 3) uint8.
    """
    rng = np.random.default_rng([_LOOK_STREAM, *key])
    width, height = size
    corners = rng.uniform(10, 90, (2, 2, 3))
    down, across = np.linspace(0, 1, height)[:, None, None], np.linspace(0, 1, width)[:, None]
    top, bottom = (corners[k, 0] * (1 - across) + corners[k, 1] * across for k in (0, 1))
    background = (top * (1 - down) + bottom * down).astype(np.float32)
    background += rng.normal(0, 4, (height, width, 1))
    phases, radii = rng.random(len(scene.seen)), rng.uniform(0.12, 0.2, len(scene.seen))
    for number in range(round(scene.duration * fps)):
        time = number / fps
        image = background.copy()
        for span, phase, radius in zip(scene.seen, phases, radii, strict=True):
            if span.start <= time < span.end:
                draw(image, CLASSES[span.label], time - span.start, phase, radius)
        yield np.clip(image, 0, 255).astype(np.uint8)


def sound(scene: Scene, key: tuple[int, ...], rate: int) -> np.ndarray:
    """Audio of a scene: sounds of the classes with faint background noise.

    Args:
        scene: The scene.
        key: Numbers that identify the video, including the seed.
        rate: Sampling rate in Hz.

    Returns:
        np.ndarray: (S,) float32 in [-1, 1].
    """
    rng = np.random.default_rng([_SOUND_STREAM, *key])
    samples = rng.normal(0, rng.uniform(0.002, 0.01), round(scene.duration * rate))
    for span in scene.heard:
        first, last = (round(time * rate) for time in (span.start, span.end))
        samples[first:last] += rng.uniform(0.25, 0.45) * _voice(span, last - first, rate, rng)
    return np.clip(samples, -1, 1).astype(np.float32)


def _voice(span: Span, count: int, rate: int, rng: np.random.Generator) -> np.ndarray:
    time = np.arange(count) / rate
    length = count / rate
    swell = np.clip(np.minimum(time, length - time) / _FADE, 0, 1)
    return CLASSES[span.label].voice(time, rng) * swell
