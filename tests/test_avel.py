"""Segment labels, from files to metrics, as a user runs it."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from loco_mm.apis import inference, init_model, load_config
from loco_mm.errors import InputError
from loco_mm.testing import shrink_model
from loco_mm.worlds.synthetic import make_segment_plan

from .comparing import CONFIGS, ROOT, flat

WIDTHS = dict(visual_dim=6, audio_dim=4)
CONFIG = dict(ave="loco_ave", vggsound="loco_vggsound-avel100k")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """A tiny world in both layouts."""
    root = tmp_path_factory.mktemp("data")
    files = dict(num_videos=[6, 3, 5], num_noisy=2, widths=[6, 4], cells=7)
    for name, layout in dict(ave="ave", vggsound="vggsound-avel").items():
        make_segment_plan(dict(num_classes=28), dict(layout=layout, **files)).write(root / name)
    return root


def loaders(root):
    """Options of all three loaders."""
    dataset = dict(**WIDTHS, data_root=str(root))
    loader = dict(batch_size=3, num_workers=0, persistent_workers=False, dataset=dataset)
    return {f"{split}_dataloader": loader for split in ("train", "val", "test")}


def tiny(worlds, name, supervision, **more):
    """Config of a model of width 8 that trains for two epochs."""
    model = dict(
        dim=8,
        encoder=dict(**WIDTHS, num_layers=1),
        modulator=dict(embed_dim=4),
        pyramid=dict(num_heads=2),
        neck=dict(num_layers=1, num_heads=2),
        head=dict(num_classes=28, feat_channels=8),
    )
    options = dict(
        model=model,
        **loaders(worlds / name),
        train_cfg=dict(max_epochs=2),
        param_scheduler={"0": dict(end=1), "1": dict(begin=1)},
    )
    path = CONFIGS / f"{CONFIG[name]}_{supervision}.py"
    return load_config(str(path), flat(options) | more)


@pytest.fixture
def train(worlds, run_tool, tmp_path):
    """Trains a config; returns its file, its folder and its log."""

    def start(name, supervision, *arguments, work="work", **more):
        path = tmp_path / "tiny.py"
        path.write_text(tiny(worlds, name, supervision, **more).pretty_text)
        status, out, error = run_tool("train.py", path, "--work-dir", tmp_path / work, *arguments)
        assert status == 0, error
        return path, tmp_path / work, out

    return start


def selections(out):
    """Lines of the hook: split, epoch, val, test."""
    found = re.findall(r"selected on (val|test): epoch (\d), val ([\d.]+), test ([\d.]+)", out)
    return {split: (int(epoch), float(val), float(test)) for split, epoch, val, test in found}


@pytest.mark.parametrize(("name", "supervision"), [("ave", "fully"), ("vggsound", "weakly")])
def test_train_select_test_and_dump(name, supervision, worlds, train, run_tool, tmp_path):
    path, work, out = train(name, supervision)
    prefix = dict(ave="ave", vggsound="vggsound-avel")[name]
    (best,) = work.glob(f"best_{prefix}_accuracy_epoch_*.pth")
    chosen = selections(out)
    assert set(chosen) == {"val", "test"}
    assert best.stem.endswith(str(chosen["val"][0]))
    assert chosen["val"][1] >= chosen["test"][1]
    assert chosen["test"][2] >= chosen["val"][2]

    dump = tmp_path / "predictions.json"
    status, out, error = run_tool("test.py", path, best, "--work-dir", work, "--dump", dump)
    assert status == 0, error
    assert "true class everywhere" in out
    accuracy = float(re.search(rf"{prefix}/accuracy: ([\d.]+)", out)[1])
    # The results of the hook during training equal those of testing the file.
    assert accuracy == pytest.approx(chosen["val"][2], abs=1e-4)
    assert len(json.loads(dump.read_text())["results"]) == 5

    model = init_model(str(path), best)
    assert len(model.info.classes) == 28
    rng = np.random.default_rng(0)
    maps, audio = rng.random((10, 7, 7, 6)), rng.random((10, 4))
    sample = inference(model, maps, audio)
    again = inference(model, maps.mean((1, 2)), audio)
    assert sample.pred_segment_labels.shape == (10,)
    assert sample.pred_segment_labels.tolist() == again.pred_segment_labels.tolist()
    torch.testing.assert_close(sample.pred_segment_scores, again.pred_segment_scores)


def test_a_resumed_run_tells_the_same_selection(train):
    _, work, whole = train("ave", "fully")
    _, _, resumed = train("ave", "fully", "--resume", work / "epoch_1.pth", work="again")
    assert selections(resumed) == selections(whole)
    assert whole.count("for comparison only: ave/accuracy") == 2


def test_training_goes_without_validation(train):
    _, work, out = train("ave", "fully", "--no-validate")
    assert (work / "epoch_2.pth").is_file()
    assert "for comparison only" not in out


def test_attention_over_cells_trains(train):
    maps = {f"{split}_dataloader.dataset.features": "map" for split in ("train", "val", "test")}
    _, work, _ = train("ave", "weakly", **maps, **{"model.spatial.type": "AudioGuidedAttention"})
    assert (work / "epoch_2.pth").is_file()


# One of each config.
SYSTEMS = {path.parent.name: path for path in sorted(CONFIGS.glob("*/*_ave_*.py"))}


@pytest.mark.parametrize("path", SYSTEMS.values(), ids=SYSTEMS)
def test_other_systems_train_and_test_like_it(path, worlds, run_tool, tmp_path):
    """With maps of cells; without EMA, on which LoCo's configs select."""
    options = dict(train_cfg=dict(max_epochs=2, val_interval=1), model=dict(encoder=WIDTHS))
    cfg = load_config(str(path), flat(options | loaders(worlds / "ave")))
    cfg.model = shrink_model(cfg.model)
    cfg.model.head.num_classes = 28
    config, work = tmp_path / "tiny.py", tmp_path / "work"
    config.write_text(cfg.pretty_text)
    status, out, error = run_tool("train.py", config, "--work-dir", work)
    assert status == 0, error
    (best,) = work.glob("best_ave_accuracy_epoch_*.pth")
    status, tested, error = run_tool("test.py", config, best, "--work-dir", work)
    assert status == 0, error
    accuracy = float(re.search(r"ave/accuracy: ([\d.]+)", tested)[1])
    assert accuracy == pytest.approx(selections(out)["val"][2], abs=1e-4)

    model = init_model(str(config), best)
    rng = np.random.default_rng(0)
    maps, audio = rng.random((10, 7, 7, 6)), rng.random((10, 4))
    assert inference(model, maps, audio).pred_segment_labels.shape == (10,)
    with pytest.raises(InputError, match=r"model\.\w+: expected maps"):
        inference(model, maps.mean((1, 2)), audio)


@pytest.mark.nightly
@pytest.mark.distributed
def test_two_processes_train_and_measure_as_one(worlds, run_tool, tmp_path):
    """Neither three nor five videos can be divided by two: one of each split occurs twice."""
    config, work = tmp_path / "tiny.py", tmp_path / "work"
    config.write_text(tiny(worlds, "ave", "weakly").pretty_text)
    environment = os.environ | dict(PYTHON=sys.executable, OMP_NUM_THREADS="1")
    command = ["bash", ROOT / "tools" / "dist_train.sh", config, "2", "--work-dir", work]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    chosen = selections(done.stdout + done.stderr)
    (best,) = work.glob("best_*_*.pth")
    status, out, error = run_tool("test.py", config, best, "--work-dir", tmp_path / "single")
    assert status == 0, error
    accuracy = float(re.search(r"ave/accuracy: ([\d.]+)", out)[1])
    assert accuracy == pytest.approx(chosen["val"][2], abs=1e-4)
