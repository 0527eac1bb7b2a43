"""Effects of the command line on a config."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from loco_mm.engine import runs
from loco_mm.engine.runs import prepare_test, prepare_train
from loco_mm.errors import InputError


class Arguments:
    config = "x.py"
    resume = seed = None
    no_validate = False
    amp = True
    compile = None
    auto_scale_lr = False


@pytest.mark.parametrize("given", ["OptimWrapper", "DeferredOptimWrapper"])
@pytest.mark.parametrize(
    ("gpu", "native", "wrapper"),
    [
        (False, False, "AutocastOptimWrapper"),
        (True, True, "AutocastOptimWrapper"),
        # On a V100 or T4, torch claims to support bfloat16, but emulates it.
        (True, False, "AmpOptimWrapper"),
    ],
)
def test_amp_is_bfloat16_where_the_device_has_it(monkeypatch, gpu, native, wrapper, given):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation=True: including_emulation or native,
    )
    cfg = Config(dict(train_dataloader=dict(), optim_wrapper=dict(type=given)))
    prepare_train(cfg, Arguments)
    assert cfg.optim_wrapper.type == wrapper


@pytest.mark.parametrize(
    ("mode", "given", "wanted"),
    [
        (None, dict(backend="eager"), dict(backend="eager")),
        ("default", None, {}),
        ("default", False, {}),
        ("default", dict(options=dict(trace=True)), dict(options=dict(trace=True))),
        ("reduce-overhead", True, dict(mode="reduce-overhead")),
        ("max-autotune", dict(mode="default"), dict(mode="max-autotune")),
    ],
)
def test_the_mode_of_compilation_is_added_to_the_config(monkeypatch, mode, given, wanted):
    monkeypatch.setattr(Arguments, "amp", False)
    monkeypatch.setattr(Arguments, "compile", mode)
    cfg = Config(dict(train_dataloader=dict(), compile=given))
    prepare_train(cfg, Arguments)
    assert cfg.compile == wanted


@pytest.mark.parametrize("unused", [False, True])
def test_processes_without_a_gpu_wrap_the_model_as_the_config_says(unused):
    cfg = Config(dict(find_unused_parameters=unused))
    runs._use_cpu_processes(cfg)
    assert cfg.model_wrapper_cfg.find_unused_parameters is unused
    assert cfg.env_cfg.dist_cfg.backend == "gloo"


def test_the_learning_rate_is_scaled_where_the_config_says_for_which_batch_size(monkeypatch):
    monkeypatch.setattr(Arguments, "amp", False)
    monkeypatch.setattr(Arguments, "auto_scale_lr", True)
    cfg = Config(dict(train_dataloader=dict(), auto_scale_lr=dict(base_batch_size=8)))
    prepare_train(cfg, Arguments)
    assert cfg.auto_scale_lr == dict(base_batch_size=8, enable=True)
    with pytest.raises(InputError, match="config x.py: auto_scale_lr.base_batch_size: expected"):
        prepare_train(Config(dict(train_dataloader=dict())), Arguments)


def test_a_work_dir_is_a_checkpoint(tmp_path, monkeypatch):
    meta = dict(time="20260101_000000", iter=2)
    best = dict(meta=meta | dict(best=dict(key="mAP", score=0.5)), state_dict={})
    torch.save(best, tmp_path / "best_mAP_epoch_2.pth")
    whole = dict(meta=meta | dict(iter=3), state_dict={}, optimizer={}, message_hub={})
    torch.save(whole, tmp_path / "epoch_3.pth")
    arguments = SimpleNamespace(
        config="x.py", checkpoint=str(tmp_path), compile=None, dump=None, resume=str(tmp_path)
    )
    cfg = Config(dict(test_dataloader=dict()))
    prepare_test(cfg, arguments)
    assert cfg.load_from == str(tmp_path / "best_mAP_epoch_2.pth")
    monkeypatch.setattr(Arguments, "amp", False)
    monkeypatch.setattr(Arguments, "resume", str(tmp_path))
    # A training needs the optimizer's state as well.
    cfg = Config(dict(train_dataloader=dict()))
    prepare_train(cfg, Arguments)
    assert (cfg.resume, cfg.load_from) == (True, str(tmp_path / "epoch_3.pth"))
    monkeypatch.setattr(Arguments, "resume", None)
    cfg = Config(dict(train_dataloader=dict(), load_from=str(tmp_path)))
    prepare_train(cfg, Arguments)
    assert cfg.load_from == str(tmp_path / "best_mAP_epoch_2.pth")
