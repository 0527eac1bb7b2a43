"""The checkpoint of a work dir."""

import pytest
import torch

from loco_mm.engine.checkpoints import chosen_checkpoint
from loco_mm.errors import InputError


def save(folder, name, time, run_id, best=None):
    meta = dict(time=time, run_id=run_id, iter=1, **({"best": best} if best else {}))
    torch.save(dict(meta=meta, state_dict={}), folder / f"{name}.pth")


def test_the_best_of_the_newest_training_is_chosen_or_else_its_last(tmp_path):
    best = dict(key="a/x", score=0.5)
    save(tmp_path, "best_a_x_epoch_8", "20260101_000008", "first", best)
    save(tmp_path, "epoch_9", "20260101_000009", "first")
    assert chosen_checkpoint(tmp_path).name == "best_a_x_epoch_8.pth"
    save(tmp_path, "epoch_1", "20260102_000001", "second")
    save(tmp_path, "epoch_2", "20260102_000002", "second")
    assert chosen_checkpoint(tmp_path).name == "epoch_2.pth"
    save(tmp_path, "best_a_x_epoch_3", "20260102_000003", "second", best)
    save(tmp_path, "epoch_4", "20260102_000004", "second")
    assert chosen_checkpoint(tmp_path).name == "best_a_x_epoch_3.pth"


def test_a_copy_of_the_best_checkpoint_alone(tmp_path):
    save(tmp_path, "best", "20260101_000008", "first", dict(key="a/x", score=0.5))
    assert chosen_checkpoint(tmp_path) == tmp_path / "best.pth"


def test_files_and_urls_are_themselves(tmp_path):
    for path in ("gone.pth", "https://host/a.pth", tmp_path / "gone.pth"):
        assert chosen_checkpoint(path) is path


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected \*\.pth files in this folder, got none"):
        chosen_checkpoint(tmp_path)
    (tmp_path / "a.pth").touch()
    with pytest.raises(InputError, match=r"got .*a\.pth: the file is empty"):
        chosen_checkpoint(tmp_path)
