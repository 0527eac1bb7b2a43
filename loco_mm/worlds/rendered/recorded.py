"""Classes with real pictures and recordings, which look and sound different each time.

Shape letters: H and W pixels, S samples.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy import signal
from torch.nn import functional

from ...media.clips import read_picture, read_recording
from .content import ClassFiles
from .looks import CLASSES, draw

_FIGURE_STREAM, _CLUTTER_STREAM = 23, 24
# Of several files of a class, the fraction used for training; the others are for the other splits.
_TRAINING = 2 / 3
# Ranges of variation: height relative to that of the frame, part of the picture that is kept in
# each direction, and brightness.
_HEIGHTS, _KEPT, _BRIGHTNESS = (0.35, 0.65), (0.75, 1.0), (0.7, 1.2)
# Factor of the pitch, and for the room: seconds until the echo has faded, and its level.
_PITCH, _ROOM, _WET = (0.85, 1.18), (0.1, 0.5), (0.0, 0.5)
# Pause between two repetitions of a recording in seconds, and root mean square of a sound.
_PAUSES, _LEVEL = (0.05, 0.4), 0.25
_CLUTTER = (2, 6)
# Largest side of a stored picture, and longest part of a recording.
_LARGEST, _LONGEST = 256, 8.0


class _Class(NamedTuple):
    pictures: list[np.ndarray]
    recordings: list[np.ndarray]


class RecordedCast:
    """Figures and voices of classes with files.

    Args:
        classes: Files of the classes, by label.
        rate: Sampling rate in Hz.

    Raises:
        InputError: A file cannot be read.
    """

    def __init__(self, classes: Sequence[ClassFiles], rate: int):
        self.rate = rate
        self.classes = [
            _Class(
                [_reduced(read_picture(path)) for path in found.pictures],
                [_trimmed(read_recording(path, rate), rate) for path in found.recordings],
            )
            for found in classes
        ]

    def backdrop(self, image: np.ndarray, key: tuple[int, ...]) -> None:
        """Draw clutter, shapes that stand still, onto an image (H, W, 3)."""
        rng = np.random.default_rng([_CLUTTER_STREAM, *key])
        for _ in range(rng.integers(*_CLUTTER, endpoint=True)):
            look = CLASSES[rng.integers(len(CLASSES))]
            colour = tuple(rng.uniform(20, 200, 3).tolist())
            time, phase, radius = rng.uniform(0, 10), rng.random(), rng.uniform(0.05, 0.2)
            draw(look._replace(colour=colour), phase, radius, image, time)

    def figure(
        self, label: int, key: tuple[int, ...], number: int, height: int
    ) -> Callable[[np.ndarray, float], None]:
        """Choose how an occurrence looks.

        Args:
            label: Its class.
            key: Numbers that identify the video: seed, split and position.
            number: Its number within the video.
            height: Height of the frames.

        Returns:
            Callable: Draws it onto an image (H, W, 3), given the seconds since it appeared.
        """
        rng = np.random.default_rng([_FIGURE_STREAM, *key, number])
        picture = _one_of(self.classes[label].pictures, key, rng)
        sides = np.array(picture.shape[:2])
        kept = np.maximum(1, sides * rng.uniform(*_KEPT, 2)).astype(int)
        top, left = (rng.random(2) * (sides - kept + 1)).astype(int)
        part = picture[top : top + kept[0], left : left + kept[1]]
        part = part[:, :: rng.choice([-1, 1])]
        sprite = _resized(part, rng.uniform(*_HEIGHTS) * height / len(part))
        sprite[..., :3] *= rng.uniform(*_BRIGHTNESS)
        path, phase = CLASSES[rng.integers(len(CLASSES))].path, rng.random()

        def show(image: np.ndarray, seconds: float) -> None:
            x, y = path(seconds, phase)
            _paste(image, sprite, x, y)

        return show

    def voice(
        self, label: int, key: tuple[int, ...], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """A sound of a class with a number of samples (S,), with repetitions and an echo."""
        recording = _one_of(self.classes[label].recordings, key, rng)
        pitch = rng.uniform(*_PITCH)
        places = np.arange(0, len(recording) - 1, pitch)
        once = np.interp(places, np.arange(len(recording)), recording)
        pieces, length = [], 0
        while length < count:
            pause = np.zeros(round(rng.uniform(*_PAUSES) * self.rate))
            pieces += [once, pause]
            length += len(once) + len(pause)
        dry = np.concatenate(pieces)[:count]
        fade = rng.uniform(*_ROOM)
        times = np.arange(round(fade * self.rate)) / self.rate
        # 60 dB within the time of the room.
        echo = rng.normal(0, 1, len(times)) * np.exp(-6.9 * times / fade)
        echo *= rng.uniform(*_WET) / max(1e-9, float(np.linalg.norm(echo)))
        found = dry + signal.fftconvolve(dry, echo)[:count]
        return found * (_LEVEL / max(1e-4, float(np.sqrt(np.mean(found**2)))))


def _one_of(files: list[np.ndarray], key: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """One of the files of the split."""
    count = max(1, round(_TRAINING * len(files)))
    is_training = key[1] == 0
    choice = files[:count] if is_training else files[count:] or files
    return choice[rng.integers(len(choice))]


def _reduced(picture: np.ndarray) -> np.ndarray:
    """A picture (H, W, 4) in float32 without transparent borders, of limited size."""
    rows, columns = (np.flatnonzero((picture[..., 3] > 8).any(axis)) for axis in (1, 0))
    if len(rows):
        picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _resized(picture.astype(np.float32), min(1, _LARGEST / max(picture.shape[:2])))


def _resized(picture: np.ndarray, factor: float) -> np.ndarray:
    """A picture (H, W, 4), scaled; colours of transparent pixels do not bleed into others."""
    opacity = picture[..., 3:] / 255
    values = np.concatenate([picture[..., :3] * opacity, picture[..., 3:]], 2)
    size = [max(1, round(side * factor)) for side in picture.shape[:2]]
    tensor = torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1)[None]
    scaled = functional.interpolate(
        tensor, size, mode="bilinear", antialias=True, align_corners=False
    )[0]
    found = scaled.permute(1, 2, 0).numpy().copy()
    found[..., :3] /= np.maximum(found[..., 3:] / 255, 1 / 255)
    return found


def _trimmed(samples: np.ndarray, rate: int) -> np.ndarray:
    """A recording without silence at its ends, of limited length."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * max(1e-6, float(np.abs(samples).max())))
    samples = samples[loud[0] : loud[-1] + 1] if len(loud) else samples
    return samples[: round(_LONGEST * rate)]


def _paste(image: np.ndarray, sprite: np.ndarray, x: float, y: float) -> None:
    """Blend a picture (H, W, 4) into an image; (0, 0) and (1, 1) place it in two corners of it."""
    room = np.array(image.shape[:2]) - sprite.shape[:2]
    top, left = (int(round(place * free)) for place, free in zip((y, x), room, strict=True))
    # A picture that is larger than the image is cut.
    rows, columns = (slice(max(0, -start), None) for start in (top, left))
    part = sprite[rows, columns]
    target = image[max(0, top) :, max(0, left) :][: part.shape[0], : part.shape[1]]
    part = part[: target.shape[0], : target.shape[1]]
    target += part[..., 3:] / 255 * (part[..., :3] - target)
