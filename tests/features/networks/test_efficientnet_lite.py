"""EfficientNet-Lite0: size, and results of timm for the same weights."""

import torch

from loco_mm.features.networks import EfficientNetLite0

from .filling import filled


def test_size():
    model = EfficientNetLite0()
    assert sum(p.numel() for p in model.parameters()) == 4_652_008
    assert model.state_dict().keys() >= {"_blocks.15._project_conv.weight", "_fc.bias"}


@torch.no_grad()
def test_results_of_timm(timm):
    torch.manual_seed(0)
    network = filled(EfficientNetLite0())
    other = timm.create_model("tf_efficientnet_lite0").double().eval()
    # Both have the same order of layers.
    ours, theirs = (
        [name for name in model.state_dict() if "num_batches" not in name]
        for model in (network, other)
    )
    state = network.state_dict()
    other.load_state_dict({b: state[a] for a, b in zip(ours, theirs, strict=True)}, strict=False)
    images = torch.rand(2, 3, 96, 128, dtype=torch.float64)
    embedding, scores = network(images)
    assert embedding.shape == (2, 1280) and float(embedding.std()) > 0
    expected = other.forward_head(other.forward_features(images), pre_logits=True)
    torch.testing.assert_close(embedding, expected, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(scores, other(images), rtol=1e-8, atol=1e-10)


def test_odd_sizes():
    assert EfficientNetLite0().eval()(torch.zeros(1, 3, 33, 65))[0].shape == (1, 1280)
