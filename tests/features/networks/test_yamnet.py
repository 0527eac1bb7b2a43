"""YAMNet: results of TensorFlow for the weights of the package index."""

import csv
import wave

import numpy as np
import pytest
import torch

from loco_mm.features.mel import MelSpectrum
from loco_mm.features.networks import YAMNet, yamnet_state
from loco_mm.features.packaged_weights import YAMNET
from loco_mm.fileio import read_tensor_bundle

# By number of the patch: sum of the embedding, some channels of it, and the best classes.
GOLDEN = {
    16: (107.8467, {20: 1.72, 52: 3.2326, 107: 4.4632}, {"Bicycle bell": 0.9883, "Ding": 0.7923}),
    25: (103.0906, {20: 3.7351, 52: 4.4311, 107: 6.0224}, {"Bicycle bell": 0.9968}),
    40: (117.5004, {20: 4.1922, 52: 2.6145, 107: 4.5384}, {"Bicycle bell": 0.9982, "Ding": 0.3837}),
}


@pytest.fixture(scope="module")
def network():
    if not YAMNET.installed:
        pytest.skip(f"{YAMNET.distribution} is not installed")
    model = YAMNet().eval()
    model.load_state_dict(yamnet_state(read_tensor_bundle(YAMNET.path())), strict=False)
    return model


@pytest.fixture(scope="module")
def clip():
    """(123, 96, 64) patches every 0.48 s of the package's recording, and its labels."""
    folder = YAMNET.path().parents[3] / "test-files"
    with wave.open(str(folder / "mini-test.wav")) as file:
        assert file.getframerate() == 16000
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    levels = np.log(MelSpectrum()(samples[None])[0] + 0.001).astype(np.float32)
    patches = np.stack([levels[start : start + 96] for start in range(0, len(levels) - 95, 48)])
    rows = list(csv.reader((folder / "mini-test.csv").open()))
    return torch.from_numpy(patches), [
        (float(start), float(end), label == "True") for start, end, _, label in rows
    ]


def _names():
    lines = (YAMNET.path().parents[1] / "assets" / "yamnet_class_map.csv").read_text().splitlines()
    return [name for _, _, name in csv.reader(lines[1:])]


def test_size():
    model = YAMNet()
    learned = sum(p.numel() for p in model.parameters())
    # Those of TensorFlow have no scale in their normalizations, here 1.
    scales = sum(norm.weight.numel() for norm in model.norms)
    averages = 2 * scales
    assert learned - scales + averages == 3_751_369


@torch.no_grad()
def test_golden(network, clip):
    """TensorFlow 2.21 on the same recording."""
    embeddings, scores = network(clip[0][list(GOLDEN)])
    assert embeddings.shape == (3, 1024) and scores.shape == (3, 521)
    names = _names()
    for found, score, golden in zip(embeddings, scores, GOLDEN.values(), strict=True):
        total, channels, classes = golden
        assert float(found.sum()) == pytest.approx(total, rel=1e-4)
        assert found[list(channels)].tolist() == pytest.approx(list(channels.values()), abs=1e-3)
        best = {name: float(score[names.index(name)]) for name in classes}
        assert best == pytest.approx(classes, abs=1e-3)


@torch.no_grad()
def test_the_annotated_bell(network, clip):
    """The scores of "Bicycle bell" within an event annotated from 6.9 to 24.9 s, and outside."""
    patches, labels = clip
    start, end, is_bell = labels[2]
    assert is_bell and (start, end) == pytest.approx((6.893, 24.892))
    scores = network(patches)[1][:, _names().index("Bicycle bell")]
    times = 0.48 * np.arange(len(scores))
    inside = scores[(times >= 7.68) & (times + 0.96 <= 22.5)]
    assert len(inside) > 25 and inside.min() > 0.9 and inside.median() > 0.99
    # 36.974 to 54.863 s are annotated as free of bells.
    assert scores[(times > 36.974) & (times + 0.96 < 54.863)].max() < 0.02
