"""Packing the features of a config's datasets."""

import json

import numpy as np
import pytest
import torch

from loco_mm.apis import pack_features
from loco_mm.errors import InputError
from loco_mm.fileio import PackedFeatures

from ..comparing import CONFIGS
from ..datasets.conftest import FEATURES, database, write, write_features  # noqa: F401, fixtures


@pytest.fixture
def config(write, database, write_features):  # noqa: F811, fixtures
    """Path of a config with three videos for training, and one for validation and test."""
    root = write(database)
    for video_id in database:
        write_features(root, video_id)
    shared = dict(type="AVDataset", data_root=str(root), features=FEATURES)
    loaders = {
        f"{split}_dataloader": dict(dataset=dict(shared, subset=subset))
        for split, subset in (("train", "train"), ("val", "test"), ("test", "test"))
    }
    loaders["train_dataloader"]["dataset"]["cache"] = "ram"
    path = root / "c.py"
    lines = [f"{name} = {value!r}" for name, value in loaders.items()]
    path.write_text("\n".join(["model = dict(type='AVLocalizer')", *lines]))
    return path


def test_all_splits_in_one_file(config, tmp_path):
    seen = []
    found = pack_features(
        str(config), tmp_path / "x", progress=lambda videos: seen.extend(videos) or videos
    )
    assert (found.videos, found.steps) == (4, 4 * 37)
    assert found.size == (tmp_path / "x").stat().st_size
    assert seen == 2 * ["a-1", "b_2", "c", "d"]
    packed = PackedFeatures(tmp_path / "x")
    wanted = np.load(tmp_path / "av_features" / "d_v.npy")
    assert torch.equal(packed.rows("d", "visual"), torch.from_numpy(wanted))
    assert packed.description is None


def test_one_split_and_packing_again(config, tmp_path):
    pack_features(str(config), tmp_path / "x", ["val"])
    assert "d" in PackedFeatures(tmp_path / "x") and "c" not in PackedFeatures(tmp_path / "x")
    place = {"val_dataloader.dataset.data_prefix.features": "x"}
    pack_features(str(config), tmp_path / "y", ["val"], "bfloat16", place)
    half = PackedFeatures(tmp_path / "y")
    assert torch.equal(
        half.rows("d", "audio"), PackedFeatures(tmp_path / "x").rows("d", "audio").bfloat16()
    )
    with pytest.raises(InputError, match=f"{config}: would replace the input"):
        pack_features(str(config), config, ["val"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"test_dataloader.dataset.features.grid.num_frames": 12},
            "test_dataloader.dataset.features: expected those of train_dataloader.dataset, ",
        ),
        (
            {"train_dataloader.dataset.features": None, "train_dataloader.dataset.cache": None},
            "train_dataloader.dataset: expected a dataset with features in files of each video",
        ),
        ({"train_dataloader.dataset.subset": "nowhere"}, "no video of subset nowhere"),
    ],
)
def test_what_cannot_be_packed(config, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        pack_features(str(config), tmp_path / "x", options=options)
    assert not (tmp_path / "x").exists()


def test_other_videos_of_the_same_id(config, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "av_features").rename(other / "av_features")
    (tmp_path / "av_features").symlink_to(other / "av_features")
    content = json.loads((tmp_path / "annotations/unav100_annotations.json").read_text())
    content["database"]["a-1"]["subset"] = "test"
    (other / "annotations").mkdir()
    (other / "annotations/unav100_annotations.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"val_dataloader.dataset: .*, got video a-1 in .*other"):
        pack_features(
            str(config), tmp_path / "x", options={"val_dataloader.dataset.data_root": str(other)}
        )


def test_no_dataset_to_pack(tmp_path):
    (tmp_path / "c.py").write_text("model = dict(type='AVLocalizer')")
    with pytest.raises(InputError, match="expected a dataset of train or val or test, got none"):
        pack_features(str(tmp_path / "c.py"), tmp_path / "x")
    ave = str(CONFIGS / "loco_ave_fully.py")
    with pytest.raises(InputError, match="features in files of each video, got AVEDataset"):
        pack_features(ave, tmp_path / "x", options={"train_dataloader.dataset.lazy_init": True})
