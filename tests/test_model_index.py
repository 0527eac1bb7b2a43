"""The lists of configs say what the configs are."""

from pathlib import Path

import pytest
import torch
import yaml

from loco_mm.apis import load_config
from loco_mm.registry import DATASETS, MODELS

from .comparing import CONFIGS, LEAVES, ROOT

METAFILES = {path: yaml.safe_load(path.read_text()) for path in CONFIGS.rglob("metafile.yml")}
MODEL_ENTRIES = [(path, entry) for path, file in METAFILES.items() for entry in file["Models"]]
ENTRIES = {entry["Name"]: (path, entry) for path, entry in MODEL_ENTRIES}
TRAINING_DATA = {"unav100": "UnAV-100", "synthetic": "Synthetic", "ave": "AVE"}
TRAINING_DATA["vggsound-avel"] = "VGGSound-AVEL100k"


def test_the_index_lists_every_metafile():
    index = yaml.safe_load((ROOT / "model-index.yml").read_text())
    assert sorted(index["Import"]) == sorted(str(path.relative_to(ROOT)) for path in METAFILES)


def test_every_config_is_listed_once_and_nothing_else():
    listed = [entry["Config"] for _, entry in MODEL_ENTRIES]
    assert sorted(listed) == [str(leaf.relative_to(ROOT)) for leaf in LEAVES]


def test_every_collection_is_defined_once():
    collections = [c for file in METAFILES.values() for c in file.get("Collections", ())]
    names = [collection["Name"] for collection in collections]
    assert len(names) == len(set(names))
    assert {entry["In Collection"] for _, entry in ENTRIES.values()} == set(names)
    for collection in collections:
        assert (ROOT / collection["README"]).is_file()
        assert (ROOT / collection["Code"]["URL"]).is_file()


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda path: path.stem)
def test_an_entry_says_what_the_config_is(leaf):
    path, entry = ENTRIES[leaf.stem]
    assert path.parent == leaf.parent
    assert Path(entry["Config"]) == leaf.relative_to(ROOT)
    cfg = load_config(str(leaf))
    with torch.device("meta"):
        model = MODELS.build(cfg.model)
    data = DATASETS.get(cfg.train_dataloader.dataset.type).METAINFO["dataset_type"]
    assert entry["Metadata"] | {"Features": None} == {
        "Training Data": TRAINING_DATA[data],
        "Features": None,
        "Epochs": cfg.train_cfg.max_epochs,
        "Batch Size": cfg.train_dataloader.batch_size,
        "Parameters": sum(p.numel() for p in model.parameters()),
    }
    assert f"]({leaf.name})" in (leaf.parent / "README.md").read_text()
