"""I3D: size, parameter names, and results of the port whose weights it loads."""

import pytest
import torch

from loco_mm.features.networks import InceptionI3D

from .filling import filled, waves

# Results of the port in v-iashin/video_features for the same weights and input: sum, sum of
# squares, the six largest features, and the first logits.
GOLDEN = {
    3: (
        1771.5874811978006,
        8505.001248885961,
        {944: 17.249069, 973: 14.30542, 126: 13.461074, 978: 13.405745},
        [9.137241, 0.796139, -0.647936, -1.301641, -0.582578, 2.005065],
    ),
    2: (
        1327.8341743269245,
        5207.230251153174,
        {931: 18.145295, 941: 11.018145, 1005: 10.765, 316: 10.496922},
        [1.891027, 1.254632, -0.891534, 5.777583, 4.860595, -1.752959],
    ),
}


@pytest.mark.parametrize("channels", [3, 2])
@torch.no_grad()
def test_golden(channels):
    network = filled(InceptionI3D(channels))
    features = network(waves(1, channels, 16, 224, 224, step=0.013))
    total, squares, largest, logits = GOLDEN[channels]
    assert features.shape == (1, 1024)
    assert float(features.sum()) == pytest.approx(total, rel=1e-8)
    assert float((features**2).sum()) == pytest.approx(squares, rel=1e-8)
    assert {i: pytest.approx(float(features[0, i]), abs=1e-5) for i in largest} == largest
    assert network.classify(features)[0, :6].tolist() == pytest.approx(logits, abs=1e-5)


def test_size_and_names():
    network = InceptionI3D(3)
    assert sum(p.numel() for p in network.parameters()) == 12_697_264
    names = network.state_dict().keys()
    assert "mixed_4b.branch_3.1.batch3d.running_var" in names
    assert "conv3d_0c_1x1.conv3d.bias" in names
