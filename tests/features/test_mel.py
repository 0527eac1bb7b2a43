"""Mel spectrograms compared to their definition and to another implementation."""

import numpy as np
import pytest

from loco_mm.features.mel import MelSpectrum


def test_against_the_definition():
    rng = np.random.default_rng(0)
    sound = rng.normal(size=(2, 1200))
    spectrum = MelSpectrum()
    found = spectrum(sound)
    assert found.shape == (2, 6, 64)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frame = np.zeros(512)
    frame[:400] = sound[1, 3 * 160 : 3 * 160 + 400] * hann
    magnitudes = [
        abs(sum(frame * np.exp(-2j * np.pi * np.arange(512) * k / 512))) for k in range(257)
    ]
    mel = [1127 * np.log(1 + k * 16000 / 512 / 700) for k in range(257)]
    edges = np.linspace(1127 * np.log(1 + 125 / 700), 1127 * np.log(1 + 7500 / 700), 66)
    for band in (0, 20, 63):
        low, middle, high = edges[band : band + 3]
        expected = sum(
            m * max(0, min((x - low) / (middle - low), (high - x) / (high - middle)))
            for m, x in zip(magnitudes, mel, strict=True)
        )
        assert found[1, 3, band] == pytest.approx(expected, rel=1e-9)


def test_against_transformers(transformers):
    """Its filters for AudioSet's models, with triangles on the mel axis."""
    audio = pytest.importorskip("transformers.audio_utils")
    filters = audio.mel_filter_bank(
        257, 64, 125.0, 7500.0, 16000, mel_scale="htk", triangularize_in_mel_space=True
    )
    np.testing.assert_allclose(MelSpectrum().filters, filters, atol=2e-3)


def test_less_than_a_frame_is_filled_up():
    assert MelSpectrum()(np.ones((3, 5))).shape == (3, 1, 64)
