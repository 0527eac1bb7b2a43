"""The shipped configs."""

import pytest
import torch

from loco_mm.apis import load_config
from loco_mm.models.localizers import slot_of_maps
from loco_mm.registry import MODELS
from loco_mm.structures import FeatureKind
from loco_mm.tasks import SEGMENTS
from loco_mm.testing.contract import task_of

from .comparing import CONFIGS, LEAVES, STRUCTURES, flat, leaf_config, main_dataset

STRUCTURED = [leaf for leaf in LEAVES if leaf.stem in STRUCTURES]


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: path.stem)
def test_every_config_is_short_and_consistent(path):
    assert len(path.read_text().splitlines()) <= 30
    cfg = leaf_config(path)
    (check_segments if task_of(cfg.model) is SEGMENTS else check_events)(cfg)
    batch_size = cfg.train_dataloader.batch_size
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=batch_size)
    assert main_dataset(cfg.test_dataloader).subset == "test"
    assert main_dataset(cfg.test_dataloader).test_mode
    assert main_dataset(cfg.val_dataloader).test_mode
    with torch.device("meta"):
        model = MODELS.build(cfg.model)
    assert model.data_preprocessor.size_divisor == model.level_spec.strides[-1]


def check_events(cfg):
    assert main_dataset(cfg.train_dataloader).max_len == cfg.model.max_len
    for name, task in cfg.model.get("tasks", {}).items():
        dataset = cfg.train_dataloader.dataset.datasets[name]
        assert dataset.max_len == task.get("max_len", cfg.model.max_len)
    for split in ("train", "val", "test"):
        kind = FeatureKind.from_config(main_dataset(cfg[f"{split}_dataloader"]).features)
        assert kind.visual.dim == cfg.model.encoder.visual_dim
        assert kind.audio.dim == cfg.model.encoder.audio_dim
    assert main_dataset(cfg.val_dataloader).subset == "validation"


def check_segments(cfg):
    for split in ("train", "val", "test"):
        dataset = cfg[f"{split}_dataloader"].dataset
        assert dataset.get("visual_dim", 512) == cfg.model.encoder.visual_dim
        assert dataset.get("audio_dim", 128) == cfg.model.encoder.audio_dim
        assert dataset.features == ("map" if slot_of_maps(cfg.model) else "mean")
    assert cfg.val_dataloader.dataset.subset == "val"
    supervision = "weakly" if cfg.filename.endswith("weakly.py") else "fully"
    assert cfg.train_dataloader.dataset.get("supervision", "fully") == supervision
    assert cfg.model.head.get("supervision", "fully") == supervision
    assert cfg.custom_hooks[0] == dict(type="SelectionHook")
    assert (dict(type="SetEpochHook") in cfg.custom_hooks) == ("start_epoch" in cfg.model.head)


@pytest.mark.parametrize("path", STRUCTURED, ids=lambda path: path.stem)
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
    assert (warmup.end, cosine.begin, cfg.train_cfg.max_epochs) == (5, 5, 45)
    assert warmup.convert_to_iter_based
    assert cosine.convert_to_iter_based
    assert cfg.default_hooks.ema.momentum == pytest.approx(1 - 0.999)


DENSE = {"type": "GlobalAttention", "adaptive": None, "window_size": None}
PART = "model.pyramid.attention"
DENSE = {f"{PART}.{key}": value for key, value in DENSE.items()}
ONE_LEVEL = {"model.pyramid.num_levels": 1, **DENSE}
NO_LCF = {
    "model.modulator": None,
    **{f"model.modulator.{key}": None for key in ("type", "embed_dim", "loss_weight")},
}
ABLATIONS = {
    "base": {**NO_LCF, **ONE_LEVEL},
    "lcf": ONE_LEVEL,
    "lac": NO_LCF,
    "gb": {**NO_LCF, **DENSE},
    "target-diagonal": {"model.modulator.target": "diagonal"},
    "target-softened": {"model.modulator.target": "softened"},
    "target-fixed-gaussian": {"model.modulator.target": "fixed_gaussian"},
    "attention-global": DENSE,
    "attention-fixed": {f"{PART}.adaptive": False},
    "window-full": DENSE,
    **{f"window-{w}": {f"{PART}.window_size": w} for w in (4, 16, 32)},
    **{f"heads-{h}": {"model.pyramid.num_heads": h} for h in (1, 2, 8)},
    **{f"alpha-{a}": {"model.modulator.loss_weight": a} for a in (0.01, 0.05, 0.2, 0.5, 1)},
    # The behaviour of the parent systems.
    "diou": {"model.head.loss_reg.mode": "diou"},
    "crop-margin": {"train_dataloader.dataset.pipeline.2.margin": 2},
}


def test_every_ablation_changes_what_its_name_says_and_nothing_else():
    for kind, names in (
        ("loco_unav100_onepeace", ABLATIONS),
        ("loco_unav100_i3d-vggish", ("base", "lcf", "lac")),
    ):
        whole = flat(leaf_config(CONFIGS / f"{kind}.py"))
        for name in names:
            part = flat(leaf_config(CONFIGS / "ablations" / f"{kind}_{name}.py"))
            keys = {key for key in whole | part if whole.get(key) != part.get(key)}
            keys = {key for key in keys if not key.startswith("train_pipeline")}
            assert {key: part.get(key) for key in keys} == {
                key: value for key, value in ABLATIONS[name].items() if key != "model.modulator"
            }, name
    assert len(list((CONFIGS / "ablations").glob("*.py"))) == len(ABLATIONS) + 3
