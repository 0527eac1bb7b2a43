"""Checkpoints read as data."""

import os
import pickle

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.fileio import drop_side_effects, read_checkpoint

from ..robustness.payload import Call


@pytest.mark.parametrize("switch", [None, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"])
@pytest.mark.parametrize("function", [os.system, eval])
def test_code_is_named_and_not_run(tmp_path, monkeypatch, function, switch):
    if switch:
        monkeypatch.setenv(switch, "1")
    command = f"touch {tmp_path / 'trace'}" if function is os.system else f"open({tmp_path!r}, 'w')"
    torch.save(dict(state_dict={}, x=Call(function, command)), tmp_path / "evil.pth")
    with pytest.raises(InputError, match=rf"evil.pth: refused: .*types: \w+\.{function.__name__}$"):
        read_checkpoint(tmp_path / "evil.pth")
    assert not (tmp_path / "trace").exists()


def test_what_cannot_be_read_is_reported_in_one_line(tmp_path):
    whole = tmp_path / "whole.pth"
    torch.save(dict(x=torch.arange(10.0)), whole)
    assert torch.equal(read_checkpoint(whole)["x"], torch.arange(10.0))
    content = whole.read_bytes()
    damaged = dict(half=content[: len(content) // 2], text=b"hello", old=pickle.dumps([1])[:-1])
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=rf"{name}: damaged, or no checkpoint") as error:
            read_checkpoint(tmp_path / name)
        assert "\n" not in str(error.value)
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, text in (
        ("empty", "the file is empty"),
        ("pipe", "pipe: expected a file, got a folder, device or pipe"),
        (".", "expected a file, got a folder, device or pipe"),
        ("gone", "no such file"),
    ):
        with pytest.raises(InputError, match=text):
            read_checkpoint(tmp_path / name)


def test_what_the_toolbox_would_act_upon_is_taken_out():
    runtime = dict(best_score=0.5, best_ckpt="/a", keep_ckpt_ids=[1], last_ckpt="/b", epoch=3)
    runtime["best_ckpt_unav100/mAP"] = "/c"
    hub = dict(log_scalars={}, runtime_info=runtime, resumed_keys=dict.fromkeys(runtime, True))
    content = dict(meta=dict(config="import os", cfg="x = 1"), message_hub=hub, state_dict={})
    assert drop_side_effects(content) is content
    assert content["meta"] == dict(cfg="x = 1")
    assert hub["runtime_info"] == dict(best_score=0.5, epoch=3)
    assert hub["resumed_keys"] == dict(best_score=True, epoch=True)
    for other in ([1], torch.ones(1), dict(meta=3, message_hub=dict(runtime_info=[])), {}):
        assert drop_side_effects(other) is other
