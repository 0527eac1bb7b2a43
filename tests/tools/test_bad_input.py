"""Bad input of the tools: one line that says what is wrong."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ..robustness.payload import Call

ROOT = Path(__file__).resolve().parents[2]


def annotations_of(world):
    return world / "annotations" / "unav100_annotations.json"


def refuse(result, *texts):
    status, _, error = result
    lines = [line for line in error.splitlines() if line.startswith("error: ")]
    assert status == 2, error
    assert len(lines) == 1
    assert "Traceback" not in error
    for text in texts:
        assert text in lines[0]


OPTION = "--cfg-options"


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (
            ["optim_wraper.optimizer.lr=1"],
            ["unknown key 'optim_wraper'", "did you mean 'optim_wrapper'"],
        ),
        (
            ["optim_wrapper.optimizer.lr=-1"],
            ["optim_wrapper.optimizer: ", "Invalid learning rate: -1"],
        ),
        (["model.pyramid.type=LACPyramide"], ["model.pyramid.type: ", "did you mean 'LACPyramid'"]),
        (["train_dataloader.dataset.subset=dev"], ["no video of subset dev"]),
        (
            ["model.head.num_classes=1"],
            ["num_classes: expected 3, the classes of train_dataloader.dataset, got 1"],
        ),
    ],
)
def test_bad_options_are_refused_in_one_line(tiny_config, run_tool, tmp_path, arguments, texts):
    refuse(
        run_tool("train.py", tiny_config, "--work-dir", tmp_path / "w", OPTION, *arguments), *texts
    )


def test_bad_input_in_a_loader_process_is_one_line_too(tiny_config, tiny_world, run_tool, tmp_path):
    world = shutil.copytree(tiny_world, tmp_path / "world")
    for path in world.glob("av_features/*_audio.npy"):
        np.save(path, np.load(path) * np.nan)
    arguments = [f"train_dataloader.dataset.data_root={world}", "train_dataloader.num_workers=1"]
    refuse(
        run_tool("train.py", tiny_config, "--work-dir", tmp_path / "w", OPTION, *arguments),
        "expected finite numbers, got",
        "values NaN or infinite",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train_dataloder = dict(batch_size=2)\n", "unknown key 'train_dataloder'"),
        ("extra_part = dict(type='OtherHead')\n", "unknown key 'extra_part'"),
        ("max_epochs = \n", "cannot be read: "),
    ],
)
def test_bad_config_files_are_refused(tiny_config, run_tool, tmp_path, text, message):
    path = tmp_path / "bad.py"
    path.write_text(f"_base_ = 'tiny.py'\n{text}")
    refuse(run_tool("train.py", path, "--work-dir", tmp_path / "w"), str(path), message)


def test_a_missing_config_is_named(run_tool):
    refuse(run_tool("train.py", "gone.py"), "config gone.py: no such file")


def test_a_missing_checkpoint_is_named(tiny_config, run_tool):
    refuse(run_tool("test.py", tiny_config, "gone.pth"), "checkpoint gone.pth: no such file")


def test_a_checkpoint_of_another_shape_is_refused(tiny_config, run_tool, tmp_path):
    from loco_mm.apis import load_config
    from loco_mm.registry import MODELS

    cfg = load_config(str(tiny_config))
    cfg.model.encoder.audio_dim = 9
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / "other.pth")
    refuse(
        run_tool("test.py", tiny_config, tmp_path / "other.pth", "--work-dir", tmp_path / "w"),
        "checkpoint does not match the model: 1 entries differ",
        "encoder.audio.embed.0.weight: expected (8, 6, 3), got (8, 9, 3)",
    )


def test_a_checkpoint_that_carries_code_is_refused(tiny_config, run_tool, tmp_path):
    torch.save(dict(state_dict={}, payload=Call(print, "this code ran")), tmp_path / "evil.pth")
    result = run_tool("test.py", tiny_config, tmp_path / "evil.pth", "--work-dir", tmp_path / "w")
    assert "this code ran" not in result[1]
    refuse(result, "evil.pth: refused", "contains code", "builtins.print")


def test_missing_annotations_and_features_are_named(run_tool, tmp_path):
    path = tmp_path / "plain.py"
    path.write_text(
        f"_base_ = {str(ROOT / 'configs' / 'loco_unav100_onepeace.py')!r}\n"
        f"train_dataloader = dict(num_workers=0,\n"
        f"    dataset=dict(data_root={str(tmp_path / 'none')!r}))\n"
    )
    result = run_tool("train.py", path, "--work-dir", tmp_path / "w")
    refuse(result, str(tmp_path / "none"), "unav100_annotations.json: no such file")
    # The same split with annotations, but without features.
    root = tmp_path / "none" / "annotations"
    root.mkdir(parents=True)
    event = dict(segment=[0, 1], label="man speaking", label_id=0)
    video = dict(duration=5, subset="train", annotations=[event])
    database = {f"video{number}": video for number in range(7)}
    (root / "unav100_annotations.json").write_text(json.dumps(dict(database=database)))
    result = run_tool("train.py", path, "--work-dir", tmp_path / "w")
    refuse(result, "feature files of 7 of 7 videos of subset train", "video0", "video4")


def test_bad_predictions_are_refused(run_tool, tiny_world, tmp_path):
    path = tmp_path / "p.json"
    path.write_text("{")
    refuse(run_tool("evaluate.py", path, annotations_of(tiny_world)), str(path), "JSON")
    refuse(run_tool("evaluate.py", tmp_path / "gone", annotations_of(tiny_world)), "no such file")
    path.write_text('{"results": {}}')
    refuse(
        run_tool("evaluate.py", path, annotations_of(tiny_world), "--subset", "dev"),
        "no video of subset 'dev'",
    )
