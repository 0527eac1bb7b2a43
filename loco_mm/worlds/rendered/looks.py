"""Shapes, motions and sounds of the classes.

Shape letters: H and W pixels, S samples.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Look(NamedTuple):
    """Appearance and sound of a class.

    Attributes:
        name: Name of the class.
        colour: Red, green, blue.
        inside: Signed distance of points (x, y), in radii and negative inside.
        path: Position (x, y), from 0 to 1, as a function of time in seconds and a phase.
        voice: Sound, as a function of the times (S,) since it began and a random generator.
    """

    name: str
    colour: tuple[int, int, int]
    inside: Callable[[np.ndarray, np.ndarray], np.ndarray]
    path: Callable[[float, float], tuple[float, float]]
    voice: Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _circle(x, y):
    return np.hypot(x, y) - 1


def _square(x, y):
    return np.maximum(np.abs(x), np.abs(y)) - 0.85


def _triangle(x, y):
    return np.maximum(y - 0.7, np.abs(x) * 1.7 - y * 0.85 - 0.75)


def _ring(x, y):
    return np.abs(np.hypot(x, y) - 0.8) - 0.25


def _cross(x, y):
    return np.minimum(
        np.maximum(np.abs(x) - 0.3, np.abs(y) - 1), np.maximum(np.abs(y) - 0.3, np.abs(x) - 1)
    )


def _bar(x, y):
    return np.maximum(np.abs(x) - 1.3, np.abs(y) - 0.35)


def _bounce(t, phase):
    return 0.2 + 0.6 * _zigzag(0.23 * t + phase), 0.8 - 0.6 * abs(np.sin(3.5 * t))


def _round(t, phase):
    angle = 2.2 * t + 6.28 * phase
    return 0.5 + 0.28 * np.cos(angle), 0.5 + 0.28 * np.sin(angle)


def _sway(t, phase):
    return 0.5 + 0.35 * np.sin(2.5 * t + 6.28 * phase), 0.35 + 0.3 * phase


def _rise(t, phase):
    return 0.2 + 0.6 * phase, 0.8 - 0.6 * _zigzag(0.45 * t)


def _jitter(t, phase):
    step = np.floor(8 * t)
    return (
        0.3 + 0.4 * phase + 0.08 * np.sin(12.9 * step),
        0.5 + 0.08 * np.cos(78.2 * step),
    )


def _slide(t, phase):
    return _zigzag(0.3 * t + phase), 0.7


def _zigzag(t):
    """Triangle wave from 0 to 1 and back with a period of 2."""
    return abs((t + 1) % 2 - 1)


def _hum(t, rng):
    """A low tone with overtones."""
    return sum(np.sin(2 * np.pi * 110 * k * t) / k for k in (1, 2, 3)) * 0.5


def _beeps(t, rng):
    """Short high tones, four per second."""
    return np.sin(2 * np.pi * 1800 * t) * ((4 * t) % 1 < 0.4) * 0.7


def _chirps(t, rng):
    """Rising tones, two per second."""
    phase = (2 * t) % 1
    return np.sin(2 * np.pi * (500 * phase + 600 * phase**2) / 2) * (1 - phase) * 0.9


def _crackle(t, rng):
    """Bursts of noise."""
    gate = np.repeat(rng.random(len(t) // 400 + 1) < 0.35, 400)[: len(t)]
    return rng.uniform(-1, 1, len(t)) * gate * 0.6


def _trill(t, rng):
    """A tone with fast vibrato."""
    return np.sin(2 * np.pi * 900 * t + 12 * np.sin(2 * np.pi * 9 * t)) * 0.6


def _bell(t, rng):
    """A decaying tone, struck 1.5 times per second."""
    since = t % (2 / 3)
    partials = sum(np.sin(2 * np.pi * f * since) for f in (2637, 3951, 5274))
    return partials * np.exp(-5 * since) * 0.4


CLASSES = (
    Look("humming circle", (230, 60, 60), _circle, _round, _hum),
    Look("beeping square", (70, 110, 240), _square, _sway, _beeps),
    Look("chirping triangle", (70, 210, 90), _triangle, _bounce, _chirps),
    Look("crackling ring", (240, 200, 60), _ring, _jitter, _crackle),
    Look("trilling cross", (210, 80, 220), _cross, _rise, _trill),
    Look("ringing bar", (80, 220, 220), _bar, _slide, _bell),
)


def draw(look: Look, phase: float, radius: float, image: np.ndarray, seconds: float) -> None:
    """Draw a shape onto an image.

    Args:
        look: The class.
        phase: Start of its path, from 0 to 1.
        radius: Its size relative to the image height.
        image: (H, W, 3) float RGB; changed in place.
        seconds: Time since it appeared.
    """
    height, width = image.shape[:2]
    x, y = look.path(seconds, phase)
    size = radius * height
    column, row = radius * width + x * (1 - 2 * radius) * width, size + y * (height - 2 * size)
    # No shape extends beyond 1.5 radii.
    extent = 1.5 * size
    top, left = (max(0, int(place - extent)) for place in (row, column))
    part = image[top : int(row + extent) + 1, left : int(column + extent) + 1]
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    distance = look.inside((columns - column) / size, (rows - row) / size)
    # Edges are blurred over one pixel.
    cover = np.clip(0.5 - distance * size, 0, 1)[..., None]
    part += cover * (np.array(look.colour, np.float32) - part)
