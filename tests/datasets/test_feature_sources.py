"""Features in files of each video, and in one packed file."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from torch.utils._pytree import tree_leaves

from loco_mm.apis import load_config
from loco_mm.apis.packing import pack_datasets
from loco_mm.datasets import AVDataset
from loco_mm.datasets.feature_sources import (
    FeatureFiles,
    PackedFile,
    description_of_features,
    kind_of_features,
    open_features,
)
from loco_mm.errors import InputError
from loco_mm.fileio import Description, describe_folder
from loco_mm.ops import random_inputs
from loco_mm.registry import MODELS, build_part
from loco_mm.testing import shrink_model

from ..comparing import CONFIGS
from .conftest import FEATURES


@pytest.fixture
def root(write, database, write_features):
    """A dataset with features in files and in packed.safetensors."""
    root = write(database)
    for number, video_id in enumerate(database):
        write_features(root, video_id, steps=37 - number, audio_steps=36)
    describe_folder(
        root / "av_features",
        Description(extractor="x", version=3, settings={}, weights={}, features=FEATURES),
    )
    every = AVDataset(data_root=str(root), features=FEATURES, subset=["train", "test"])
    pack_datasets({"dataset": every}, root / "packed.safetensors")
    return root


def build(root, packed=True, **settings):
    prefix = dict(features="packed.safetensors") if packed else None
    settings = dict(features=FEATURES, pipeline=[dict(type="LoadAVFeatures")]) | settings
    return AVDataset(data_root=str(root), data_prefix=prefix, **settings)


def test_both_forms_give_the_same_samples(root):
    files, packed = build(root, packed=False), build(root)
    assert isinstance(files.source, FeatureFiles) and isinstance(packed.source, PackedFile)
    assert len(packed) == 3
    for one, other in zip(files, packed, strict=True):
        for modality in ("visual", "audio"):
            assert np.array_equal(one[modality], other[modality])
            assert other[modality].dtype == np.float32
    assert [len(sample["visual"]) for sample in packed] == [36, 36, 35]
    assert files.metainfo == packed.metainfo
    assert packed.metainfo["extractor"]["version"] == 3


def test_features_that_are_mapped_cannot_be_changed(root):
    with pytest.raises(ValueError, match="read-only"):
        build(root)[0]["visual"][0] = 0


def test_a_packed_file_describes_its_features(root):
    path = str(root / "packed.safetensors")
    assert build(root, features="features.json").features == kind_of_features(path)
    assert kind_of_features(path) == kind_of_features(str(root / "av_features"))
    assert description_of_features(path).version == 3


def test_rounded_features(root):
    every = build(root, packed=False, subset=["train", "test"])
    pack_datasets({"dataset": every}, root / "half.safetensors", "bfloat16")
    rounded = open_features(str(root / "half.safetensors"), every.features)
    exact = open_features(str(root / "packed.safetensors"), every.features)
    assert rounded.dtype is torch.bfloat16
    wanted = exact.rows("c", "visual")
    assert np.array_equal(rounded.read("c", "visual"), wanted.bfloat16().float().numpy())
    assert not np.array_equal(rounded.read("c", "visual"), wanted.numpy())


def test_mixed_precision_rounds_features_in_the_same_way():
    init_default_scope("mmaction")
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"))
    tiny = shrink_model(cfg.model)
    model = build_part(MODELS, tiny, "model").eval()
    inputs = random_inputs(tiny.max_len, 0, (), tiny.encoder.visual_dim, tiny.encoder.audio_dim)
    outputs = []
    for dtype in (torch.float32, torch.bfloat16):
        rounded = {name: rows[None].to(dtype).float() for name, rows in inputs.items()}
        mask = torch.ones(rounded["visual"].shape[:2], dtype=torch.bool)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            leaves = tree_leaves(model(dict(rounded, mask=mask), mode="tensor"))
            outputs.append(list(filter(torch.is_tensor, leaves)))
    assert len(outputs[0]) > 1
    assert all(map(torch.equal, *outputs))


def test_videos_that_were_not_packed(root):
    train = build(root, packed=False)
    pack_datasets({"dataset": train}, root / "packed.safetensors")
    message = (
        "packed.safetensors: features of 1 of 1 videos of subset test are missing, the first: d"
    )
    with pytest.raises(InputError, match=message):
        build(root, subset="test")
    with pytest.warns(UserWarning, match=r"1 of 4 videos of subset train/test .* skipped"):
        assert len(build(root, subset=["train", "test"], missing_features="skip")) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(visual=dict(suffixes=["_v.npy"], dim=5)), "features.visual: expected .*dim=4"),
        (dict(audio=dict(suffixes=["_x.npy"], dim=3)), "features.audio: expected .*_a1.npy"),
        (dict(grid=dict(fps=25, num_frames=16, stride=4)), "features.grid: expected .*'fps': 16"),
    ],
)
def test_other_features_are_refused(root, change, message):
    with pytest.raises(InputError, match=f"^dataset.{message}.* features in {root}/packed"):
        build(root, features=FEATURES | change)


def test_a_modality_that_was_not_packed(root):
    audio = build(root, packed=False, modalities="audio")
    pack_datasets({"dataset": audio}, root / "packed.safetensors")
    sample = build(root, modalities="audio")[0]
    assert sample["audio"].any() and not sample["visual"].any()
    message = r"^dataset.modalities: expected \('audio',\), .*, got \('visual', 'audio'\)"
    with pytest.raises(InputError, match=message):
        build(root)
