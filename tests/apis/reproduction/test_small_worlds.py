"""Rows of the paper's tables on the synthetic worlds."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.apis.reproduction import (
    check_world,
    paper_tables,
    read_table,
    rows_on_world,
    world_configs,
)
from loco_mm.engine.fit import check_fit
from loco_mm.errors import InputError
from loco_mm.registry import DATASETS, MODELS

from ...comparing import ROOT, flat

SMALL = world_configs(ROOT)
TABLES = [table.name for table in paper_tables(ROOT) if table.name != "II"]
LOCO = ROOT / "configs" / "loco_synthetic.py"


def rows_of(table, world="short"):
    return rows_on_world(read_table(table, ROOT).rows, world, SMALL)


def differences(row):
    """Values in which the config of a row differs from the small LoCo."""
    own, loco = flat(load_config(row.config, row.options)), flat(load_config(LOCO))
    return {k: (own.get(k), loco.get(k)) for k in own | loco if own.get(k) != loco.get(k)}


def test_an_ablation_becomes_the_same_one_of_the_small_model():
    wide, loco = rows_of("VII")[2], rows_of("VII")[1]
    assert (wide.name, wide.config) == ("loco_synthetic_window-16", LOCO)
    assert differences(wide) == {"model.pyramid.attention.window_size": (16, 8)}
    assert (loco.name, differences(loco)) == ("loco_synthetic", {})
    base = load_config(LOCO, rows_of("III")[0].options).model
    assert base.modulator is None
    assert base.pyramid.num_levels == 1
    assert base.pyramid.attention == dict(type="GlobalAttention")


def test_rows_that_are_equal_on_a_world_are_one_row():
    first, *_ = rows = rows_of("I")
    names = [row.name for row in rows]
    assert len(names) == len(set(names)) == 8
    assert names[-1] == "loco_synthetic"
    assert [row.name for row in rows_of("V")] == [row.name for row in rows_of("III")]
    assert (first.dataset, first.features) == ("short", "simulated")
    assert first.published_on == "UnAV-100, I3D-VGGish"
    assert first.published["mAP"] == 24.1


def test_all_rows_can_be_built_on_a_world():
    rows = {row.name: row for table in TABLES for row in rows_of(table, "timelines")}
    assert len([name for name in rows if name.startswith("loco_synthetic_")]) == 20
    for row in rows.values():
        cfg = load_config(row.config, row.options)
        check_fit(cfg)
        assert cfg.model.max_len == 256
        dataset = cfg.test_dataloader.dataset
        # Of a multi-task model, the first task is moved.
        first = next(iter(dataset.get("datasets", dict(only=dataset)).values()))
        assert (first.data_root, first.world) == ("data/timelines", "timelines")
        if row.name.startswith("loco_synthetic"):
            with torch.device("meta"):
                MODELS.build(cfg.model)


def test_a_world_of_annotations_gets_them():
    of_world = rows_of("VI", "timelines")[-1].options
    # Where the config of the real dataset has them.
    real = load_config(ROOT / "configs" / "loco_unav100_onepeace.py").test_dataloader.dataset
    file = DATASETS.build(real | dict(lazy_init=True)).ann_file
    assert of_world["test_dataloader.dataset.files.annotations"] == file
    several = rows_of("I", "minute")[4]
    assert several.name == "uniav-at_synthetic"
    options = several.options
    assert options["model.head.classifier.embeddings"] == "data/minute/class_embeddings.npy"
    place = "train_dataloader.dataset.datasets"
    assert options[f"{place}.events.data_root"] == "data/minute"
    assert not any("actions" in key or "sounds" in key for key in options)


def test_a_config_without_a_small_one_is_reported():
    with pytest.raises(InputError, match=r"expected a 'World Config' in its metafile"):
        rows_of("II")


def test_an_unknown_world_is_reported():
    message = r"--data: expected unav100, short, minute, timelines, got minutes, did you mean 'min"
    with pytest.raises(InputError, match=message):
        check_world("minutes")


def test_rows_of_a_plan_keep_their_names(tmp_path):
    plan = tmp_path / "plan.py"
    row = dict(name="a", config="configs/loco_synthetic.py", system="A", dataset="short")
    rows = [row, row | dict(name="b", options={"model.dim": 32})]
    plan.write_text(f"rows = {rows!r}")
    first, second = rows_on_world(read_table(str(plan), ROOT).rows, "minute", SMALL)
    assert (first.name, second.name, second.dataset) == ("a", "b", "minute")
    assert second.options["model.dim"] == 32
    assert second.options["test_dataloader.dataset.data_root"] == "data/minute"


def test_mixes_are_moved_to_a_world_as_they_are():
    table = read_table(str(ROOT / "tools" / "plans" / "mixes.py"), ROOT)
    rows = {row.name: row for row in rows_on_world(table.rows, "minute", SMALL)}
    assert list(rows) == [row.name for row in table.rows]
    lac = rows["unav-lac"]
    assert lac.config == ROOT / "configs" / "examples" / "unav_lac_synthetic.py"
    for row in rows.values():
        cfg = load_config(row.config, row.options)
        check_fit(cfg)
        assert cfg.model.max_len == cfg.train_dataloader.dataset.max_len == 256
        assert cfg.test_dataloader.dataset.data_root == "data/minute"
