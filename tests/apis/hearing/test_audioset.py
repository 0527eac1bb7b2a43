"""Classes of AudioSet and of UnAV-100."""

import numpy as np
import pytest

from loco_mm.apis.hearing import UNAV100_SHARES, UNAV100_SOUNDS, audioset, audioset_names
from loco_mm.apis.hearing.audioset import unav100_scores, unav100_shares
from loco_mm.datasets.unav100 import CLASSES
from loco_mm.errors import InputError
from loco_mm.features.packaged_weights import YAMNET
from loco_mm.fileio import read_annotations

needs_weights = pytest.mark.skipif(not YAMNET.installed, reason="the weights are not installed")


@needs_weights
def test_all_names_exist():
    names = audioset_names()
    assert names[0] == "Speech" and names[-1] == "Field recording" and len(set(names)) == 521
    assert set(UNAV100_SOUNDS) <= set(CLASSES)
    assert {sound for sounds in UNAV100_SOUNDS.values() for sound in sounds} <= set(names)
    assert len(UNAV100_SOUNDS) == 88


def test_scores():
    """The best of several sounds counts."""
    names = sorted({sound for sounds in UNAV100_SOUNDS.values() for sound in sounds})
    scores = np.zeros((2, len(names)), np.float32)
    for name, values in {"Speech": (0.9, 0.8), "Bark": (0.2, 0.7), "Yip": (0.5, 0.1)}.items():
        scores[:, names.index(name)] = values
    found = unav100_scores(scores, names)
    assert found.shape == (2, 100)
    expected = {"man speaking": (0.9, 0.8), "woman speaking": (0.9, 0.8), "dog barking": (0.5, 0.7)}
    for name, values in expected.items():
        np.testing.assert_array_equal(found[:, CLASSES.index(name)], np.float32(values))
    assert (found.sum(0) > 0).sum() == 3


def test_classes_of_the_same_sounds_share_their_scores(shared):
    """In proportion to the training set; together they have the score of the sound."""
    counts = np.zeros(100)
    content = read_annotations(shared / "data" / "unav100_annotations.json")
    for video in content.of_subset("train").values():
        np.add.at(counts, [CLASSES.index(content.classes[n]) for n in video.events.labels], 1)
    same = {}
    for name, sounds in UNAV100_SOUNDS.items():
        same.setdefault(sounds, []).append(CLASSES.index(name))
    shares, expected = unav100_shares(), np.ones(100)
    for labels in same.values():
        expected[labels] = counts[labels] / counts[labels].sum()
    np.testing.assert_allclose(shares, expected, atol=0.005)
    assert len(UNAV100_SHARES) == (shares < 1).sum() == 4


def test_a_package_with_other_classes(tmp_path, monkeypatch):
    (tmp_path / "bells" / "model" / "variables").mkdir(parents=True)
    (tmp_path / "bells" / "__init__.py").touch()
    (tmp_path / "bells" / "model" / "variables" / "x.index").touch()
    (tmp_path / "bells" / "model" / "assets").mkdir()
    names = tmp_path / "bells" / "model" / "assets" / "yamnet_class_map.csv"
    names.write_text("index,mid,display_name\n0,/m/1,Bell\n")
    monkeypatch.syspath_prepend(tmp_path)
    weights = YAMNET._replace(package="bells", file="model/variables/x.index")
    monkeypatch.setattr(audioset, "YAMNET", weights)
    with pytest.raises(InputError, match="yamnet_class_map.csv: expected AudioSet's 521, got 1"):
        audioset_names()
