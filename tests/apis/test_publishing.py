"""Published models."""

import json

import numpy as np
import pytest
import torch

from loco_mm.apis import AVEventInferencer, init_model, load_config
from loco_mm.apis.publishing import publish_model
from loco_mm.errors import InputError
from loco_mm.fileio import class_names, random_embeddings, read_safetensors, write_safetensors
from loco_mm.testing import build_with_active_branches, shrink_model

from ..comparing import CONFIGS
from ..media_files import write_flash
from .small_localizer import CLASSES, by_names, small_checkpoint, small_config


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small_config(tmp_path_factory.mktemp("publishing") / "small.py")


@pytest.fixture
def checkpoint(config, tmp_path):
    return small_checkpoint(tmp_path / "small.pth", config)


def test_a_folder_is_all_that_is_needed(config, checkpoint, tmp_path):
    weights = publish_model(config, checkpoint, tmp_path / "out", license="MIT")
    assert weights.parent == tmp_path / "out"
    assert len(weights.name.removeprefix("small-").removesuffix(".safetensors")) == 8
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        weights.name, "config.json", "classes.txt", "README.md"
    }  # fmt: skip
    assert not list(tmp_path.glob(".*"))
    assert oct(weights.stat().st_mode) == oct((tmp_path / "out" / "config.json").stat().st_mode)
    original, published = init_model(config, checkpoint), init_model(tmp_path / "out")
    for name, value in published.state_dict().items():
        assert torch.equal(value, original.state_dict()[name])
    assert published.info.classes == CLASSES
    assert published.info.grid == dict(fps=16, num_frames=8, stride=4)
    assert published.info.kind == original.info.kind
    assert published.info.extractor == original.info.extractor
    assert class_names(str(tmp_path / "out" / "classes.txt"), "x") == CLASSES
    media = write_flash(tmp_path / "a.mp4", fps=10, seconds=4)
    one, other = (
        AVEventInferencer(*model, show_progress=False)(media)["predictions"]
        for model in ((tmp_path / "out",), (config, checkpoint))
    )
    assert one == other


def test_what_is_left_out(config, checkpoint, tmp_path):
    content = torch.load(checkpoint)
    content |= dict(optimizer=dict(state={}), ema_state_dict=dict(x=torch.ones(1)), message_hub={})
    content["meta"]["cfg"] = "secret"
    torch.save(content, checkpoint)
    weights = publish_model(config, checkpoint, tmp_path / "out", name="mine")
    assert weights.name.startswith("mine-")
    found = read_safetensors(weights)
    assert set(found) == {"state_dict", "meta"}
    assert set(found["meta"]["dataset_meta"]) == {"classes", "features", "extractor"}
    cfg = json.loads((tmp_path / "out" / "config.json").read_text())
    assert not {"work_dir", "load_from", "resume", "launcher", "data_root"} & set(cfg)
    assert "secret" not in (tmp_path / "out" / "README.md").read_text()
    # MMEngine can read it.
    assert load_config(str(tmp_path / "out" / "config.json")).model.type == "AVLocalizer"


def test_the_card(config, checkpoint, tmp_path):
    content = torch.load(checkpoint)
    content["meta"] |= dict(epoch=40, best=dict(key="x/mAP", score=0.7925, rule="greater"))
    torch.save(content, checkpoint)
    publish_model(config, checkpoint, tmp_path / "out", license="MIT")
    card = (tmp_path / "out" / "README.md").read_text()
    for text in (
        "license: MIT\n",
        "| classes | 3 |",
        "| trained | 40 epochs |",
        "| on validation | x/mAP 79.25 % |",
        r"| visual features | 322 channels, {video_id}\_spectral_visual.npy |",
        "| grid | 8 frames every 4 at 16 a second |",
        "| extractor | spectral, version 2 |",
        "AVEventInferencer.from_pretrained('this/folder')\ninferencer(\"video.mp4\")",
        "\n    rain <b>\n",
    ):
        assert text in card
    bare = small_checkpoint(tmp_path / "bare.pth", config, features=None, extractor=None)
    publish_model(config, bare, tmp_path / "bare")
    card = (tmp_path / "bare" / "README.md").read_text()
    assert "license" not in card and "extractor" not in card
    assert "inferencer((visual, audio))" in card


def test_what_cannot_be_published(config, checkpoint, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    with pytest.raises(InputError, match=r"full: the folder holds something"):
        publish_model(config, checkpoint, full)
    with pytest.raises(
        InputError,
        match=r"publish_model: name: expected a name without path separators, got '\../x'",
    ):
        publish_model(config, checkpoint, tmp_path / "out", name="../x")
    nameless = small_checkpoint(tmp_path / "nameless.pth", config, classes=None)
    with pytest.raises(InputError, match="neither it nor the config contains class names"):
        publish_model(config, nameless, tmp_path / "out")
    with pytest.raises(InputError, match=r"gone\.pth: no such file"):
        publish_model(config, tmp_path / "gone.pth", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_damaged(config, checkpoint, tmp_path):
    weights = publish_model(config, checkpoint, tmp_path / "out")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(
        InputError,
        match=r"expected the checksum in its name, \w{8}, got \w{8}",
    ):
        init_model(tmp_path / "out")
    weights.rename(weights.with_name("mine.safetensors"))
    assert init_model(tmp_path / "out").info.classes == CLASSES
    (tmp_path / "out" / "config.json").unlink()
    with pytest.raises(
        InputError,
        match=r"config\.json: expected a folder with config\.json and one \*\.safetensors, got no "
        r"such file",
    ):
        init_model(tmp_path / "out")


def test_a_folder_of_an_older_version_is_read(tmp_path):
    cfg = load_config(str(CONFIGS / "cacenet" / "cacenet_ave_fully.py"))
    cfg.model = shrink_model(cfg.model)
    cfg.model.head.num_classes = 28
    for split in ("train", "val", "test"):
        cfg[f"{split}_dataloader"].dataset.update(visual_dim=12, audio_dim=8)
    cfg.dump(tmp_path / "cacenet.py")
    weights = tmp_path / "cacenet.pth"
    names = tuple(f"class {number}" for number in range(28))
    meta = dict(dataset_meta=dict(classes=names))
    torch.save(
        dict(state_dict=build_with_active_branches(cfg.model).state_dict(), meta=meta), weights
    )
    publish_model(tmp_path / "cacenet.py", weights, tmp_path / "out")
    file = tmp_path / "out" / "config.json"
    content = json.loads(file.read_text())
    content["model"]["pyramid"]["keep_streams"] = True
    file.write_text(json.dumps(content))
    assert init_model(tmp_path / "out").info.classes == names


@pytest.mark.parametrize(
    ("config", "part", "key", "old", "value"),
    [
        ("tadtr/tadtr_synthetic.py", "actionness", "scale_factor", "widen", 2.5),
        ("vsgn/vsgn_synthetic.py", "refiner", "context_ratio", "reach", 0.25),
        ("lesp/lesp_ave_weakly.py", None, "no_event", "eventless", "first"),
    ],
)
def test_a_folder_with_keys_of_an_older_version_is_read(tmp_path, config, part, key, old, value):
    model = shrink_model(load_config(str(CONFIGS / config)).model)
    state = build_with_active_branches(model).state_dict()
    names = tuple(f"class {number}" for number in range(model.head.num_classes))
    content = model.to_dict()
    owner = content["head"][part] if part else content["head"]
    owner.pop(key, None)
    owner[old] = value
    (tmp_path / "config.json").write_text(json.dumps(dict(model=content)))
    write_safetensors(tmp_path / "x.safetensors", state, dict(classes=names))
    head = init_model(tmp_path).head
    # Videos without an event only matter in training.
    assert getattr(getattr(head, part), key) == value if part else head.no_event == "skip"


def test_embeddings_of_class_names_go_along(tmp_path):
    file = tmp_path / "names.npy"
    classifier = by_names(file, random_embeddings(5, 6)[2:])
    config = small_config(tmp_path / "small.py", classifier=classifier)
    checkpoint = small_checkpoint(tmp_path / "small.pth", config)
    publish_model(config, checkpoint, tmp_path / "out")
    file.unlink()
    found = init_model(tmp_path / "out").head.cls_tower.known_embeddings()
    assert np.array_equal(found.numpy(), random_embeddings(5, 6)[2:])
    (tmp_path / "out" / "class_embeddings.npy").unlink()
    with pytest.raises(InputError, match="out/class_embeddings.npy: no such file"):
        init_model(tmp_path / "out").head.cls_tower.known_embeddings()
