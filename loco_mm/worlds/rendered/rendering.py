"""Pictures and sound of a scene.

Shape letters: H and W pixels, S samples.
"""

from collections.abc import Iterator

import numpy as np

from .looks import CLASSES, draw
from .scenes import Scene, Span

_LOOK_STREAM, _SOUND_STREAM = 21, 22
# Seconds over which a sound swells and fades.
_FADE = 0.02


def pictures(
    scene: Scene, key: tuple[int, ...], fps: float, size: tuple[int, int]
) -> Iterator[np.ndarray]:
    """Pictures of a scene: things on a background that is the video's own.

    Args:
        scene: What happens.
        key: Numbers that tell videos apart, the seed among them.
        fps: Pictures a second.
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
    """Sound of a scene: voices over a faint hiss.

    Args:
        scene: What happens.
        key: Numbers that tell videos apart, the seed among them.
        rate: Samples a second.

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
