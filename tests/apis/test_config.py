"""Configs: the shipped ones, and keys that nothing reads."""

import sys
from pathlib import Path

import pytest

from loco_mm.apis import load_config
from loco_mm.errors import InputError
from loco_mm.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
LEAVES = sorted({*CONFIGS.glob("*.py"), *CONFIGS.glob("*/*.py")} - {*CONFIGS.glob("_base_/*")})


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_every_config_is_short_and_consistent(path):
    assert len(path.read_text().splitlines()) <= 30
    cfg = load_config(str(path))
    crop = next(
        t for t in cfg.train_dataloader.dataset.pipeline if t["type"] == "RandomTemporalCrop"
    )
    assert crop["max_len"] == cfg.model.max_len
    for split in ("train", "val", "test"):
        loading = cfg[f"{split}_dataloader"].dataset.pipeline[0]
        assert loading.visual.dim == cfg.model.encoder.visual_dim
        assert loading.audio.dim == cfg.model.encoder.audio_dim
    assert cfg.val_dataloader.dataset.subset == "validation"
    assert cfg.test_dataloader.dataset.subset == "test"
    model = MODELS.build(cfg.model)
    assert model.data_preprocessor.size_divisor == model.pyramid.strides[-1]


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_a_dumped_config_reads_the_same(path, tmp_path):
    cfg = load_config(str(path), {"train_dataloader.batch_size": 3})
    cfg.dump(tmp_path / "dumped.py")
    assert load_config(str(tmp_path / "dumped.py")).to_dict() == cfg.to_dict()


def test_the_recipe_is_the_published_one():
    cfg = load_config(str(CONFIGS / "loco_unav100_onepeace.py"))
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.weight_decay) == ("AdamW", 1e-4, 1e-4)
    assert cfg.optim_wrapper.clip_grad.max_norm == 1.0
    assert cfg.train_dataloader.batch_size == 16
    warmup, cosine = cfg.param_scheduler
    assert (warmup.begin, warmup.end, cosine.begin, cosine.end) == (0, 5, 5, 45)
    assert warmup.convert_to_iter_based
    assert cosine.convert_to_iter_based
    assert cfg.custom_hooks[-1].momentum == pytest.approx(1 - 0.999)


def test_the_parents_ways_differ_from_the_papers_by_one_thing_each():
    def read(name):
        cfg = load_config(str(CONFIGS / f"{name}.py"))
        crop = cfg.train_dataloader.dataset.pipeline[2]
        changed = [cfg.model.head.loss_reg.pop("mode"), crop.pop("margin", 0)]
        parts = ("model", "train_dataloader", "val_dataloader", "optim_wrapper", "train_cfg")
        return changed, [cfg[part] for part in parts]

    changed, paper = read("loco_unav100_onepeace")
    assert changed == ["giou", 0]
    for name, wanted in (("diou", ["diou", 0]), ("crop-margin", ["giou", 2])):
        assert read(f"ablations/loco_unav100_onepeace_{name}") == (wanted, paper)


def test_variables_of_a_config_pass_and_misspelt_keys_do_not(tmp_path):
    path = tmp_path / "mine.py"
    base = f"_base_ = {str(CONFIGS / 'loco_synthetic.py')!r}\n"
    path.write_text(base + "my_rate = 3\nmy_head = dict(scale=1)\nmodel = dict(head=my_head)\n")
    assert load_config(str(path)).my_rate == 3
    path.write_text(base + "my_head = dict(scales=1)\n")
    with pytest.raises(InputError, match="nothing reads the key 'my_head'"):
        load_config(str(path))
    path.write_text(base + "custom_hook = []\n")
    with pytest.raises(InputError, match="'custom_hook', did you mean 'custom_hooks'"):
        load_config(str(path))


def test_imports_given_as_an_option_happen(tmp_path, monkeypatch):
    (tmp_path / "my_parts_of_a_test.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    options = {"custom_imports.imports": ["loco_mm", "my_parts_of_a_test"]}
    load_config(str(CONFIGS / "loco_synthetic.py"), options)
    assert "my_parts_of_a_test" in sys.modules
