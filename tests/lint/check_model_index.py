"""The lists of configs match the configs."""

import itertools
from pathlib import Path

import pytest
import torch
import yaml

from loco_mm.registry import DATASETS, MODELS

from ..comparing import CONFIGS, LEAVES, ROOT, leaf_config, main_dataset

METAFILES = {path: yaml.safe_load(path.read_text()) for path in CONFIGS.rglob("metafile.yml")}
MODEL_ENTRIES = [(path, entry) for path, file in METAFILES.items() for entry in file["Models"]]
ENTRIES = {entry["Name"]: (path, entry) for path, entry in MODEL_ENTRIES}
TRAINING_DATA = {"unav100": "UnAV-100", "synthetic": "Synthetic", "ave": "AVE"}
TRAINING_DATA |= {"vggsound-avel": "VGGSound-AVEL100k", "rendered": "Rendered"}


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
    # Systems without code only have published results.
    coded = {c["Name"] for c in collections if "Code" in c}
    assert {entry["In Collection"] for _, entry in ENTRIES.values()} == coded
    for collection in collections:
        assert (ROOT / collection["README"]).is_file()
        assert ("Published" in collection) == (collection["Name"] not in coded)
        assert "Code" not in collection or (ROOT / collection["Code"]["URL"]).is_file()


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda path: path.stem)
def test_an_entry_says_what_the_config_is(leaf):
    path, entry = ENTRIES[leaf.stem]
    assert path.parent == leaf.parent
    assert Path(entry["Config"]) == leaf.relative_to(ROOT)
    cfg = leaf_config(leaf)
    with torch.device("meta"):
        model = MODELS.build(cfg.model)
    dataset = main_dataset(cfg.train_dataloader)
    named = DATASETS.get(dataset.type).METAINFO | dict(dataset.get("metainfo") or {})
    data = named["dataset_type"]
    assert entry["Metadata"] | {"Features": None} == {
        "Training Data": TRAINING_DATA[data],
        "Features": None,
        "Epochs": cfg.train_cfg.max_epochs,
        "Batch Size": cfg.train_dataloader.batch_size,
        "Parameters": sum(p.numel() for p in model.parameters()),
    }
    assert f"]({leaf.name})" in (leaf.parent / "README.md").read_text()


def test_published_results_belong_to_a_table():
    tables = [table["Table"] for file in METAFILES.values() for table in file.get("Tables", ())]
    assert len(tables) == len(set(tables)) == 10
    for _, entry in ENTRIES.values():
        assert {row["Table"] for row in entry.get("Published", ())} <= set(tables)


def published(table):
    """Results of a table in the metafiles."""
    entries = [entry for _, entry in ENTRIES.values()]
    entries += [c for file in METAFILES.values() for c in file.get("Collections", ())]
    rows = (row for entry in entries for row in entry.get("Published", ()))
    return [row for row in rows if row["Table"] == table]


def printed_tables():
    """Cells of each line of a table."""
    for line in (ROOT / "docs" / "benchmarks.md").read_text().splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_table_one_is_that_of_the_documentation():
    names = [*(f"mAP@0.{tenth}" for tenth in range(5, 10)), "mAP"]
    listed = {
        (row["System"], row["Features"]): [str(row.get(name, "")) for name in names]
        for row in published("I")
    }
    kinds = {features for _, features in listed}
    printed = {(cells[0], cells[1]): cells[2:] for cells in printed_tables() if cells[1] in kinds}
    assert printed == listed


def test_table_two_is_that_of_the_documentation():
    """A dagger marks results selected on test."""
    listed = {(r["System"], r["Dataset"], r["Supervision"]): r for r in published("II")}
    printed = {}
    for cells in printed_tables():
        if len(cells) == 6 and cells[0] in {system for system, *_ in listed}:
            columns = itertools.product(("AVE", "VGGSound-AVEL100k"), ("fully", "weakly"))
            for (dataset, supervision), cell in zip(columns, cells[1:5], strict=True):
                if cell:
                    printed[cells[0], dataset, supervision] = cell
    assert set(printed) == set(listed)
    for key, cell in printed.items():
        on_test = " †" if listed[key]["Selected On"] == "test" else ""
        assert cell == f"{listed[key]['Accuracy']}{on_test}", key
