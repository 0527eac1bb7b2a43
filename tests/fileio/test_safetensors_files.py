"""Weights as safetensors."""

import pytest
import torch

from loco_mm.errors import InputError
from loco_mm.fileio import read_checkpoint, write_safetensors


def test_there_and_back(tmp_path):
    shared = torch.arange(6.0)
    state = dict(a=shared[:3], b=shared.view(2, 3).T, n=torch.tensor(5))
    meta = dict(classes=["a", "ä\n"], features=dict(grid=dict(fps=16, num_frames=8, stride=4)))
    write_safetensors(tmp_path / "x.safetensors", state, meta)
    found = read_checkpoint(tmp_path / "x.safetensors")
    assert found["meta"] == dict(dataset_meta=meta)
    assert list(found["state_dict"]) == ["a", "b", "n"]
    for name, value in found["state_dict"].items():
        assert torch.equal(value, state[name])


def test_what_is_none_is_reported_in_one_line(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(InputError, match=r"checkpoint .*x\.safetensors: no such file"):
        read_checkpoint(path)
    for content in (b"", b"\0" * 100, b"\xff" * 8 + b"x" * 100):
        path.write_bytes(content)
        with pytest.raises(InputError, match="damaged, or not safetensors") as error:
            read_checkpoint(path)
        assert "\n" not in str(error.value)
