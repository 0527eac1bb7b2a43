"""All forms of checkpoints that users have: read, or refused in one line."""

import os

import numpy as np
import pytest
import torch

from loco_mm.apis import inference, init_model
from loco_mm.engine import CheckedRunner
from loco_mm.engine.checkpoints import newest_checkpoint
from loco_mm.errors import InputError

from .runs import tiny_cfg


@pytest.fixture(scope="session")
def checkpoint(two_epochs):
    """Checkpoint of a run after its first epoch, which must not be changed."""
    return torch.load(two_epochs / "epoch_1.pth", weights_only=True)


def without(content, *names):
    return {key: value for key, value in content.items() if key not in names}


# Forms made from a run's checkpoint, and the reason why a run cannot resume from it.
WHOLE, NO_RUN = None, "cannot resume from it: it has no "
GOOD = {
    "whole": (lambda c: c, WHOLE),
    "plain": (lambda c: dict(c["state_dict"]), NO_RUN),
    "model": (lambda c: dict(model=c["state_dict"], epoch=3), NO_RUN),
    "module": (
        lambda c: dict(c, state_dict={f"module.{k}": v for k, v in c["state_dict"].items()}),
        WHOLE,
    ),
    "no_meta": (lambda c: without(c, "meta"), NO_RUN + "meta"),
    "no_hub": (lambda c: without(c, "message_hub"), NO_RUN + "message_hub"),
    "no_optimizer": (lambda c: without(c, "optimizer"), NO_RUN + "optimizer"),
    "half": (
        lambda c: dict(state_dict={k: v.half() for k, v in c["state_dict"].items()}),
        NO_RUN,
    ),
    "no_epoch": (
        lambda c: dict(c, meta=without(c["meta"], "epoch")),
        "meta.epoch: expected an integer >= 0, got None",
    ),
    "hub_of_text": (
        lambda c: dict(c, message_hub=dict(c["message_hub"], runtime_info="x")),
        "message_hub.runtime_info is no dict",
    ),
    "optimizer_of_text": (
        lambda c: dict(c, optimizer=dict(state="x", param_groups=[])),
        "optimizer holds no param_groups and state",
    ),
    "scheduler_of_text": (
        lambda c: dict(c, param_schedulers=[dict(x=1)]),
        "param_schedulers: expected 2 entries, got 1",
    ),
    "ema_of_another": (
        lambda c: dict(c, ema_state_dict={"module.x": torch.ones(1)}),
        "ema_state_dict.steps: expected an entry, got none",
    ),
    "no_ema": (
        lambda c: without(c, "ema_state_dict"),
        "it has no ema_state_dict, the averaged weights of this run's EMAHook",
    ),
    "old_format": (lambda c: c, WHOLE),
}
BAD = {
    "list": (lambda c: [c["state_dict"]], "expected a dict of weights, got list"),
    "tensor": (lambda c: torch.ones(3), "expected a dict of weights, got Tensor"),
    "numbers": (
        lambda c: {1: torch.ones(1)},
        "expected tensors by name, got entry 1 of type Tensor",
    ),
    "nothing": (lambda c: {}, "it contains no weights by name"),
    "no_weights": (lambda c: dict(c, state_dict={}), "state_dict contains no weights by name"),
    "texts": (
        lambda c: dict(state_dict={"x": "y"}),
        "state_dict: expected tensors by name, got entry 'x' of type str",
    ),
    "arrays": (
        lambda c: {"x": np.ones(1)},
        "expected tensors by name, got entry 'x' of type ndarray",
    ),
    "meta_of_text": (lambda c: dict(c, meta="x"), "meta is no dict"),
    "data_of_text": (
        lambda c: dict(c, meta=dict(c["meta"], dataset_meta=[1])),
        "meta.dataset_meta is no dict",
    ),
    "other_names": (
        lambda c: dict(c, state_dict={"x": torch.ones(1)}),
        "(does not match the model: .* entries differ)|(ema_state_dict has .*)",
    ),
    "not_finite": (
        lambda c: dict(c, state_dict={k: v * torch.nan for k, v in c["state_dict"].items()}),
        "weights hold NaN or infinity",
    ),
    "other_order": (
        lambda c: dict(
            c,
            meta=dict(c["meta"], dataset_meta=dict(classes=["class 0", "class 2", "class 1"])),
        ),
        "label 1 is 'class 2' and 'class 1'",
    ),
    "more_classes": (
        lambda c: dict(c, meta=dict(c["meta"], dataset_meta=dict(classes=["class 0"] * 4))),
        "(model.head.num_classes: expected 4.*, got 3)|(label 1 is 'class 0' and 'class 1')",
    ),
    "classes_of_numbers": (
        lambda c: dict(c, meta=dict(c["meta"], dataset_meta=dict(classes=[1, 2, 3]))),
        "expected class names, got list",
    ),
    "other_grid": (
        lambda c: dict(
            c,
            meta=dict(
                c["meta"],
                dataset_meta=dict(features=dict(grid=dict(fps=25, num_frames=24, stride=8))),
            ),
        ),
        "trained on features of the grid .*25.*features has .*16",
    ),
    "grid_of_text": (
        lambda c: dict(c, meta=dict(c["meta"], dataset_meta=dict(features="x"))),
        "features without a grid",
    ),
}


def write(folder, name, content):
    path = folder / f"{name}.pth"
    torch.save(content, path, _use_new_zipfile_serialization=name != "old_format")
    return path


def start(cfg, path, resume):
    """As started by tools/test.py, or by tools/train.py with --resume."""
    runner = CheckedRunner.from_cfg(dict(cfg, load_from=str(path), resume=resume))
    if not resume:
        return runner.test()
    runner.train()
    return runner.iter


@pytest.mark.parametrize("name", GOOD)
def test_weights_in_any_form_are_used(name, checkpoint, tiny_options, tmp_path):
    make, _ = GOOD[name]
    cfg = tiny_cfg(tiny_options, tmp_path / "w", **{"train_cfg.max_epochs": 1})
    path = write(tmp_path, name, make(checkpoint))
    expected = checkpoint["state_dict"]
    tolerance = 1e-3 if name == "half" else 0
    for key, value in init_model(cfg, str(path)).state_dict().items():
        torch.testing.assert_close(value, expected[key].cpu(), rtol=tolerance, atol=tolerance)
    assert "synthetic/mAP" in start(cfg, path, resume=False)


@pytest.mark.parametrize("name", GOOD)
def test_a_run_goes_on_from_a_whole_one_only(name, checkpoint, tiny_options, tmp_path):
    make, reason = GOOD[name]
    cfg = tiny_cfg(tiny_options, tmp_path / "w", **{"train_cfg.max_epochs": 2})
    path = write(tmp_path, name, make(checkpoint))
    if reason is WHOLE:
        assert start(cfg, path, resume=True) == 4
        return
    with pytest.raises(InputError, match=reason):
        start(cfg, path, resume=True)


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_checkpoint_of_this_model_is_named(name, checkpoint, tiny_options, tmp_path):
    make, reason = BAD[name]
    cfg = tiny_cfg(tiny_options, tmp_path / "w", **{"train_cfg.max_epochs": 2})
    if "order" in name or "more" in name:
        for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
            loader.dataset.metainfo = dict(classes=("class 0", "class 1", "class 2"))
    path = write(tmp_path, name, make(checkpoint))
    attempts = [
        lambda: start(cfg, path, resume=False),
        lambda: start(cfg, path, resume=True),
        lambda: init_model(cfg, str(path)),
    ]
    for attempt in attempts:
        with pytest.raises(InputError, match=reason) as error:
            attempt()
        assert "\n" not in str(error.value)


def test_features_of_another_grid_are_refused_in_inference(checkpoint, tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "w")
    model = init_model(cfg, str(write(tmp_path, "m", checkpoint)))
    assert model.info.grid == dict(fps=16, num_frames=16, stride=4)
    assert model.info.classes == ("class 0", "class 1", "class 2")
    arrays = np.zeros((9, 8)), np.zeros((9, 6))
    inference(model, *arrays, model.info.grid)
    with pytest.raises(InputError, match="expected grid .*stride.*4.*, got .*8.*"):
        inference(model, *arrays, dict(fps=16, num_frames=16, stride=8))


def test_files_that_are_none_are_passed_over_or_named(checkpoint, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "a.pth").mkdir()
    os.mkfifo(folder / "b.pth")
    (folder / "c.pth").touch()
    (folder / "d.pth").symlink_to("gone")
    (folder / "e.pth").write_text("text")
    with pytest.raises(InputError, match="no checkpoint to resume from") as error:
        newest_checkpoint(folder)
    for text in (
        "a.pth: expected a file, got a folder",
        "b.pth: expected a file, got a folder",
        "c.pth: the file is empty",
    ):
        assert text in str(error.value)
    write(folder, "old", dict(checkpoint, meta=dict(time="20260101_000000", iter=9)))
    write(folder, "new", dict(checkpoint, meta=dict(time="20260102_000000", iter=3)))
    path, passed_over = newest_checkpoint(folder)
    assert path.name == "new.pth"
    assert len(passed_over) == 5


def test_loading_weights_to_start_from_takes_any_form(checkpoint, tiny_options, tmp_path):
    cfg = tiny_cfg(tiny_options, tmp_path / "w", **{"train_cfg.max_epochs": 1})
    cfg.optim_wrapper.optimizer.lr = 0.0
    cfg.load_from = str(write(tmp_path, "plain", dict(checkpoint["state_dict"])))
    CheckedRunner.from_cfg(cfg).train()
    found = torch.load(tmp_path / "w" / "epoch_1.pth", weights_only=True)["state_dict"]
    name = "head.cls_tower.output.weight"
    assert torch.equal(found[name], checkpoint["state_dict"][name])
