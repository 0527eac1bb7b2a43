"""Appearance and sound of the classes."""

import itertools

import numpy as np
import pytest

from loco_mm.features.spectral import SoundStatistics
from loco_mm.worlds.rendered.looks import CLASSES, draw


@pytest.mark.parametrize("look", CLASSES, ids=lambda look: look.name)
def test_a_thing_is_whole_in_the_picture_and_moves(look):
    """In its colour; everything that is drawn is near its position."""
    areas, places = [], []
    for seconds, phase in itertools.product(np.arange(0, 5, 0.37), (0.0, 0.4, 1.0)):
        image = np.zeros((120, 160, 3), np.float32)
        draw(look, phase, 0.16, image, seconds)
        covered = image.max(-1) > 0.5 * max(look.colour)
        areas.append(covered.sum())
        places.append(np.argwhere(covered).mean(0))
        np.testing.assert_allclose(image[covered].max(0), look.colour, atol=1)
        alone = np.zeros((480, 640, 3), np.float32)
        rows, columns = np.mgrid[:480, :640]
        inside = look.inside((columns - 320) / 19.2, (rows - 240) / 19.2) < 0
        alone[inside] = 1
        assert covered.sum() == pytest.approx(inside.sum(), rel=0.15)
    assert np.std(places, axis=0).max() > 4


@pytest.mark.parametrize("look", CLASSES, ids=lambda look: look.name)
def test_a_voice_is_heard_and_stays_in_range(look):
    time = np.arange(48000) / 16000
    sound = look.voice(time, np.random.default_rng(0))
    assert sound.shape == time.shape
    assert np.abs(sound).max() <= 1.3
    assert np.sqrt(np.mean(sound**2)) > 0.1


def test_voices_and_colours_differ():
    time = np.arange(16000) / 16000
    sounds = [look.voice(time, np.random.default_rng(0)) for look in CLASSES]
    features = SoundStatistics().encode(0.3 * np.array(sounds, np.float32))
    colours = np.array([look.colour for look in CLASSES])
    for a, b in itertools.combinations(range(len(CLASSES)), 2):
        assert np.linalg.norm(features[a] - features[b]) > 2
        assert np.linalg.norm(colours[a] - colours[b]) > 80
    assert len({look.name for look in CLASSES}) == len(CLASSES)
