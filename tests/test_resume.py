"""A resumed run equals an uninterrupted one."""

import copy
from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import Runner

from loco_mm.apis import load_config, pack_features
from loco_mm.datasets.wrappers import NumberedDataset
from loco_mm.engine import CheckedRunner, ResumableRandomnessHook
from loco_mm.registry import DATASETS

from .comparing import ROOT, flat
from .robustness.runs import build_all

pytestmark = pytest.mark.run


def train(cfg, work_dir, length, resume=False, workers=0):
    """Train for a number of epochs or iterations, and read the last checkpoint."""
    cfg = copy.deepcopy(cfg)
    unit = "iters" if "max_iters" in cfg.train_cfg else "epochs"
    cfg.work_dir = str(work_dir)
    cfg.train_cfg[f"max_{unit}"] = length
    cfg.resume = resume
    cfg.experiment_name = f"{work_dir.name}_{length}"
    cfg.train_dataloader.num_workers = workers
    CheckedRunner.from_cfg(cfg).train()
    return torch.load(work_dir / f"{unit[:-1]}_{length}.pth", weights_only=True)


@pytest.fixture
def cfg(tiny_options):
    options = tiny_options | {
        "default_hooks.checkpoint.interval": 2,
        "default_hooks.checkpoint.save_best": None,
        "train_cfg.val_interval": 10,
    }
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), options)
    for scheduler in cfg.param_scheduler:
        scheduler.begin, scheduler.end = (0, 1) if scheduler.type == "LinearLR" else (1, 4)
    return cfg


def assert_equal_states(one, other):
    """Assert that two checkpoints are bitwise equal; return the names of their entries."""
    compared = set()
    for part in ("state_dict", "ema_state_dict", "optimizer", "param_schedulers"):
        mine, theirs = flat(one[part]), flat(other[part])
        assert mine.keys() == theirs.keys()
        for name, value in mine.items():
            same = (
                torch.equal(value, theirs[name])
                if torch.is_tensor(value)
                else value == theirs[name]
            )
            assert same, f"{part}.{name}"
            compared.add(f"{part}.{name}")
    return compared


def test_two_and_two_epochs_equal_four_to_the_last_bit(cfg, tmp_path):
    whole = train(cfg, tmp_path / "whole", 4)
    train(cfg, tmp_path / "parts", 2)
    parts = train(cfg, tmp_path / "parts", 4, resume=True, workers=2)
    compared = assert_equal_states(whole, parts)
    for name in ("head.loss_normalizer", "modulator.log_tau", "modulator.sigma_logit"):
        assert f"state_dict.{name}" in compared
    start = train(cfg, tmp_path / "other", 2)
    assert not torch.equal(
        start["state_dict"]["modulator.log_tau"], whole["state_dict"]["modulator.log_tau"]
    )


def test_a_resumed_run_with_packed_and_cached_features(cfg, tmp_path):
    whole = train(cfg, tmp_path / "whole", 4)
    cfg.dump(tmp_path / "c.py")
    pack_features(str(tmp_path / "c.py"), tmp_path / "packed")
    packed = copy.deepcopy(cfg)
    for split in ("train", "val"):
        packed[f"{split}_dataloader"].dataset.data_prefix = dict(features=str(tmp_path / "packed"))
    train(packed, tmp_path / "parts", 2)
    packed.train_dataloader.dataset.cache = "device"
    assert_equal_states(whole, train(packed, tmp_path / "parts", 4, resume=True))


def test_a_resumed_run_that_draws_anew_is_reported_apart(cfg, tmp_path):
    cfg.default_hooks.randomness = None
    whole = train(cfg, tmp_path / "whole", 4)
    train(cfg, tmp_path / "parts", 2)
    with pytest.raises(AssertionError, match="state_dict"):
        assert_equal_states(whole, train(cfg, tmp_path / "parts", 4, resume=True))


def test_a_repeated_dataset_resumes_to_the_last_bit(cfg, tmp_path):
    dataset = dict(type="RepeatDataset", times=2, dataset=cfg.train_dataloader.dataset)
    cfg.train_dataloader.dataset = dataset
    whole = train(cfg, tmp_path / "whole", 4)
    train(cfg, tmp_path / "parts", 2)
    assert_equal_states(whole, train(cfg, tmp_path / "parts", 4, resume=True, workers=2))


def test_three_and_four_iterations_equal_seven_to_the_last_bit(cfg, tmp_path, monkeypatch):
    """Two batches are one pass over the data: resume in the middle of the second pass."""
    # MMEngine sleeps two seconds after each pass.
    monkeypatch.setattr("mmengine.runner.loops.time", SimpleNamespace(sleep=lambda seconds: None))
    cfg.train_cfg = dict(type="IterBasedTrainLoop", max_iters=7, val_interval=100)
    cfg.default_hooks.checkpoint |= dict(by_epoch=False, interval=1)
    cfg.log_processor.by_epoch = False
    cfg.param_scheduler = []
    whole = train(cfg, tmp_path / "whole", 7)
    train(cfg, tmp_path / "parts", 3)
    assert_equal_states(whole, train(cfg, tmp_path / "parts", 7, resume=True))


def equal(one, other):
    return one.shape == other.shape and torch.equal(one, other)


WRAPPERS = {
    "repeat": lambda dataset: dict(type="RepeatDataset", times=2, dataset=dataset),
    "concat": lambda dataset: dict(
        type="ConcatDataset",
        datasets=[dataset, dict(type="RepeatDataset", times=1, dataset=dataset)],
    ),
    # No class is in all videos: videos of rare classes are repeated.
    "balanced": lambda dataset: dict(
        type="ClassBalancedDataset", oversample_thr=1.0, dataset=dataset
    ),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_inside_a_wrapper_each_epoch_and_each_repetition_draws_anew(cfg, wrapper, tmp_path):
    cfg.train_dataloader.dataset = WRAPPERS[wrapper](cfg.train_dataloader.dataset)
    cfg.train_dataloader.sampler.shuffle = False
    cfg.work_dir = str(tmp_path)
    built = CheckedRunner.from_cfg(cfg).train_loop.dataloader.dataset
    assert isinstance(built, NumberedDataset)
    assert built.metainfo["classes"]

    def make():
        return NumberedDataset(DATASETS.build(cfg.train_dataloader.dataset))

    epochs = {}
    for workers in (0, 2):
        changes = dict(num_workers=workers, persistent_workers=workers > 0)
        changes["dataset"] = dict(type=make)
        loader = Runner.build_dataloader({**cfg.train_dataloader, **changes})
        run = SimpleNamespace(train_dataloader=loader, train_loop=None, seed=0, iter=0, logger=None)
        hook = ResumableRandomnessHook()
        hook.before_train(run)
        epochs[workers] = []
        for run.epoch in range(2):
            hook.before_train_epoch(run)
            batches = list(loader)
            epochs[workers].append([x for batch in batches for x in batch["inputs"]["visual"]])
            ids = [s.video_id for batch in batches for s in batch["data_samples"]]
    assert all(map(equal, sum(epochs[0], []), sum(epochs[2], [])))
    assert not all(map(equal, *epochs[0]))
    # A repeated video has different crops.
    assert len(ids) > len(set(ids)) == 8
    crops = {}
    for name, crop in zip(ids, epochs[0][0], strict=True):
        crops.setdefault(name, []).append(crop)
    assert any(not equal(one, other) for one, *others in crops.values() for other in others)


def test_the_checkpoint_holds_the_averaged_weights(cfg, tmp_path):
    checkpoint = train(cfg, tmp_path / "run", 2)
    raw = checkpoint["ema_state_dict"]
    averaged = checkpoint["state_dict"]
    name = "head.cls_tower.output.weight"
    assert not torch.equal(raw[f"module.{name}"].cpu(), averaged[name].cpu())
    assert int(raw["steps"]) == 4


def test_decay_spares_norms_biases_scales_and_adapters(cfg, tmp_path):
    cfg.work_dir = str(tmp_path)
    cfg.experiment_name = "decay"
    runner = Runner.from_cfg(cfg)
    wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    groups = {id(p): group for group in wrapper.optimizer.param_groups for p in group["params"]}
    for name, parameter in runner.model.named_parameters():
        if parameter.requires_grad:
            adapter = "adapter" in name
            group = groups[id(parameter)]
            assert group["weight_decay"] == (0.0 if parameter.ndim == 1 or adapter else 1e-4), name
            assert group["lr"] == pytest.approx(2e-3), name


def test_a_short_training_has_a_short_warmup(tiny_options, tmp_path):
    cfg = load_config(str(ROOT / "configs" / "loco_unav100_onepeace.py"))
    schedulers = cfg.param_scheduler
    cfg = load_config(str(ROOT / "configs" / "loco_synthetic.py"), tiny_options)
    cfg.work_dir, cfg.param_scheduler = str(tmp_path), schedulers
    kinds = {}
    for epochs in (1, 5, 6):
        cfg.train_cfg.max_epochs = epochs
        cfg.experiment_name = f"scheduled_{epochs}"
        built = build_all(cfg).param_schedulers
        kinds[epochs] = [(type(s).__name__, s.begin, s.end) for s in built]
    # Two iterations per epoch.
    assert kinds == {
        1: [("LinearLR", 0, 2)],
        5: [("LinearLR", 0, 5), ("CosineAnnealingLR", 5, 10)],
        6: [("LinearLR", 0, 6), ("CosineAnnealingLR", 6, 12)],
    }
