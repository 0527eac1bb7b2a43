"""Renders the frames and audio of a scene.

Shape letters: H and W pixels, S samples.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from .looks import CLASSES, draw
from .recorded import RecordedCast
from .scenes import Scene

_LOOK_STREAM, _SOUND_STREAM = 21, 22
# Duration in seconds of fades at the ends of a sound.
_FADE = 0.02


def pictures(
    scene: Scene,
    key: tuple[int, ...],
    fps: float,
    size: tuple[int, int],
    cast: RecordedCast | None = None,
) -> Iterator[np.ndarray]:
    """Frames of a scene: shapes or pictures on a background that differs between videos.

    Args:
        scene: The scene.
        key: Numbers that identify the video, including the seed.
        fps: Frame rate.
        size: Width and height.
        cast: Classes with pictures; None for shapes.

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
    shapes = zip(scene.seen, phases, radii, strict=True)
    figures: list[Callable[[np.ndarray, float], None]]
    if cast is None:
        figures = [partial(draw, CLASSES[span.label], p, radius) for span, p, radius in shapes]
    else:
        cast.backdrop(background, key)
        seen = enumerate(scene.seen)
        figures = [cast.figure(span.label, key, number, height) for number, span in seen]
    for number in range(round(scene.duration * fps)):
        time = number / fps
        image = background.copy()
        for span, show in zip(scene.seen, figures, strict=True):
            if span.start <= time < span.end:
                show(image, time - span.start)
        yield np.clip(image, 0, 255).astype(np.uint8)


def sound(
    scene: Scene, key: tuple[int, ...], rate: int, cast: RecordedCast | None = None
) -> np.ndarray:
    """Audio of a scene: sounds of the classes with faint background noise.

    Args:
        scene: The scene.
        key: Numbers that identify the video, including the seed.
        rate: Sampling rate in Hz.
        cast: Classes with recordings; None for tones and noises.

    Returns:
        np.ndarray: (S,) float32 in [-1, 1].
    """
    rng = np.random.default_rng([_SOUND_STREAM, *key])
    samples = rng.normal(0, rng.uniform(0.002, 0.01), round(scene.duration * rate))
    for span in scene.heard:
        first, last = (round(time * rate) for time in (span.start, span.end))
        level, time = rng.uniform(0.25, 0.45), np.arange(last - first) / rate
        if cast is None:
            voice = CLASSES[span.label].voice(time, rng)
        else:
            voice = cast.voice(span.label, key, last - first, rng)
        length = (last - first) / rate
        swell = np.clip(np.minimum(time, length - time) / _FADE, 0, 1)
        samples[first:last] += level * voice * swell
    return np.clip(samples, -1, 1).astype(np.float32)
