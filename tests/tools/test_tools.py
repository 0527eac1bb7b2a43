"""The tools as a user runs them, with good and with bad input."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]


def annotations_of(world):
    return world / "annotations" / "unav100_annotations.json"


def test_train_test_dump_evaluate_and_draw(tiny_config, tiny_world, run_tool, tmp_path):
    work = tmp_path / "work"
    status, _, error = run_tool("train.py", tiny_config, "--work-dir", work)
    assert status == 0, error
    assert (work / "epoch_2.pth").is_file()
    assert len(list(work.glob("best_synthetic_mAP_epoch_*.pth"))) == 1
    assert list(work.rglob("events.out.tfevents*"))

    dump = tmp_path / "predictions.json"
    status, out, error = run_tool(
        "test.py", tiny_config, work / "epoch_2.pth", "--work-dir", work, "--dump", dump
    )
    assert status == 0, error
    assert "mAP (%)" in out
    own = [
        json.loads(path.read_text())
        for path in work.rglob("20*.json")
        if path.parent.name.startswith("20")
    ]
    own = [figures for figures in own if "synthetic/mAP" in figures]
    assert len(own) == 1

    figures = tmp_path / "figures.json"
    annotations = annotations_of(tiny_world)
    status, out, _ = run_tool(
        "evaluate.py", dump, annotations, "--subset", "test", "--out", figures
    )
    assert status == 0
    written = json.loads(figures.read_text())
    assert written["average_mAP"] == pytest.approx(own[0]["synthetic/mAP"], abs=1e-6)
    assert "5 videos" in out

    status, out, _ = run_tool(
        "analysis/plot_timelines.py", dump, annotations, "--num", 2, "--out-dir", tmp_path / "png"
    )
    assert status == 0
    assert len(list((tmp_path / "png").glob("*.png"))) == 2


def test_the_figures_with_skipped_videos_are_those_of_the_whole_split(
    tiny_config, tiny_world, run_tool, tmp_path
):
    from loco_mm.apis import load_config
    from loco_mm.registry import MODELS

    world = shutil.copytree(tiny_world, tmp_path / "world")
    database = json.loads(annotations_of(world).read_text())["database"]
    first = next(name for name, video in database.items() if video["subset"] == "test")
    for path in world.glob(f"av_features/{first}*"):
        path.unlink()
    config = tmp_path / "skip.py"
    config.write_text(
        "_base_ = 'tiny.py'\n"
        "dataset = dict(_delete_=True, type='AVDataset', subset='test', test_mode=True,\n"
        f"    data_root={str(world)!r}, missing_features='skip',\n"
        "    features={{_base_.test_dataloader.dataset.features}},\n"
        "    pipeline={{_base_.test_dataloader.dataset.pipeline}})\n"
        "test_dataloader = dict(dataset=dataset)\n"
    )
    torch.manual_seed(0)
    model = MODELS.build(load_config(str(tiny_config)).model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / "m.pth")
    work, dump, figures = (tmp_path / name for name in ("w", "p.json", "f.json"))
    status, out, error = run_tool(
        "test.py", config, tmp_path / "m.pth", "--work-dir", work, "--dump", dump
    )
    assert status == 0, error
    assert "5 videos, 1 of them without features" in out
    run_tool("evaluate.py", dump, annotations_of(world), "--subset", "test", "--out", figures)
    own = json.loads(next(work.glob("20*/20*.json")).read_text())["unav100/mAP"]
    assert own == pytest.approx(json.loads(figures.read_text())["average_mAP"], abs=1e-6)


def test_amp_trains_in_bfloat16_on_a_cpu(tiny_config, run_tool, tmp_path):
    status, out, error = run_tool(
        "train.py", tiny_config, "--work-dir", tmp_path / "w", "--amp", "--no-validate",
        "--cfg-options", "train_cfg.max_epochs=1",
    )  # fmt: skip
    assert status == 0, error
    state = torch.load(tmp_path / "w" / "epoch_1.pth", weights_only=True)["state_dict"]
    assert all(torch.isfinite(value).all() for value in state.values())
    if not torch.cuda.is_available():
        assert "AutocastOptimWrapper" in (tmp_path / "w" / "tiny.py").read_text()


def test_complexity_prints_the_published_figures(run_tool):
    status, out, _ = run_tool(
        "analysis/complexity.py", ROOT / "configs" / "loco_unav100_onepeace.py"
    )
    assert status == 0
    assert "31.45 GMACs, 103.7 M parameters" in out


def test_complexity_prints_the_papers_table_within_a_thousandth(run_tool):
    status, out, _ = run_tool("analysis/complexity.py", "--table")
    assert status == 0
    rows = [line for line in out.splitlines() if line.startswith(("base", "LoCo"))]
    assert len(rows) == 5
    for row in rows:
        gmacs, paper_gmacs, params, paper_params = map(float, row.split()[-4:])
        assert gmacs == pytest.approx(paper_gmacs, rel=1e-3)
        assert params == pytest.approx(paper_params, rel=1e-3)
    status, *_ = run_tool("analysis/complexity.py")
    assert status == 2


@pytest.mark.parametrize("name", ["train.py", "test.py", "evaluate.py"])
def test_help_is_printed(run_tool, name):
    status, out, _ = run_tool(name, "--help")
    assert status == 0
    assert "usage" in out


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
            ["no key 'optim_wraper'", "did you mean 'optim_wrapper'"],
        ),
        (["lr=1"], ["has no key 'lr'"]),
        (["model.head.loss_weigth=1"], ["PointHead has no key 'loss_weigth'"]),
        (["default_hooks.ema.momentumm=1"], ["ExponentialMovingAverage has no key 'momentumm'"]),
        (["default_hooks.logger.intervall=1"], ["MainProcessLoggerHook has no key 'intervall'"]),
        (["optim_wrapper.paramwise_cfg.bias_decay=0"], ["paramwise_cfg.bias_decay, did you mean"]),
        (["optim_wrapper.paramwise_cfg.custom_keys.adaptor.lr_mult=1"], ["you mean 'adapter'"]),
        (["optim_wrapper.optimizer.lr=-1"], ["AdamW cannot be built: Invalid learning rate"]),
        (["model.pyramid.attention.window_size=0"], ["window_size is 0, at least 1 expected"]),
        (["model.pyramid.window=4"], ["LACPyramid has no key 'window'"]),
        (["train_dataloader.dataset.subsett=train"], ["subsett"]),
        (["train_dataloader.batchsize=2"], ["batchsize"]),
        (["model.pyramid.type=LACPyramide"], ["LACPyramide is not in", "registry"]),
        (["model.max_len=18"], ["model.max_len is 18", "2^(L-1) = 4"]),
        (["model.neck.in_channels=8"], ["FusionDecoder.in_channels is 8, but 16 follows"]),
        (["model.dim.x=2"], ["model.dim in", "not a dict"]),
        (["train_dataloader.dataset.subset=dev"], ["no video of subset dev"]),
        (["train_dataloader.dataset.pipeline.9.dim=2"], ["list of 4"]),
        (["train_dataloader.dataset.max_len=32"], ["model.max_len = 16", "Crop"]),
        (["model.head.num_classes=1"], ["num_classes is 1", "has 3 classes"]),
        (
            ["train_dataloader.dataset.features.audio.dim=7"],
            ["6 audio channels found, 7 expected", "model.encoder.audio_dim"],
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
        "values are NaN or inf, finite features expected",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train_dataloder = dict(batch_size=2)\n", "nothing reads the key 'train_dataloder'"),
        ("extra_part = dict(type='OtherHead')\n", "nothing reads the key 'extra_part'"),
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

    cfg = load_config(str(tiny_config), {"model.encoder.audio_dim": 9})
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / "other.pth")
    refuse(
        run_tool("test.py", tiny_config, tmp_path / "other.pth", "--work-dir", tmp_path / "w"),
        "checkpoint is of another model: 1 entries differ",
        "encoder.audio.embed.0.weight: (8, 9, 3) found, (8, 6, 3) expected",
    )


class Payload:
    """Pickles into a call, as a hostile checkpoint does."""

    def __reduce__(self):
        return print, ("this code ran",)


def test_a_checkpoint_that_carries_code_is_refused(tiny_config, run_tool, tmp_path):
    torch.save(dict(state_dict={}, payload=Payload()), tmp_path / "evil.pth")
    result = run_tool("test.py", tiny_config, tmp_path / "evil.pth", "--work-dir", tmp_path / "w")
    assert "this code ran" not in result[1]
    refuse(result, "checkpoint refused", "carries code")


def test_missing_annotations_and_features_are_named(run_tool, tmp_path):
    path = tmp_path / "plain.py"
    path.write_text(
        f"_base_ = {str(ROOT / 'configs' / 'loco_unav100_onepeace.py')!r}\n"
        f"train_dataloader = dict(num_workers=0,\n"
        f"    dataset=dict(data_root={str(tmp_path / 'none')!r}))\n"
    )
    result = run_tool("train.py", path, "--work-dir", tmp_path / "w")
    refuse(result, str(tmp_path / "none"), "unav100_annotations.json: no such file")
    # The same split with annotations, but no features.
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


def test_make_synthetic_writes_once_and_refuses_to_overwrite(run_tool, tmp_path):
    out = tmp_path / "world"
    small = ["--out", out, "--num-videos", 3, 1, 1, "--widths", 4, 4]
    status, text, _ = run_tool("data/make_synthetic.py", *small, "--layout", "both")
    assert status == 0
    assert "wrote 5 videos" in text
    assert len(list((out / "av_features").iterdir())) == 25
    status, text, _ = run_tool("data/make_synthetic.py", *small, "--layout", "both")
    assert status == 0
    assert "holds this world already" in text
    refuse(run_tool("data/make_synthetic.py", *small), "--overwrite")
    status, *_ = run_tool("data/make_synthetic.py", *small, "--overwrite")
    assert status == 0
    again = tmp_path / "again"
    status, *_ = run_tool(
        "data/make_synthetic.py", "--out", again, "--num-videos", 2, 1, 1, "--full-width",
        "--annotations", annotations_of(out),
    )  # fmt: skip
    assert status == 0
    widths = {np.load(path).shape[1] for path in (again / "av_features").iterdir()}
    assert widths == {1536}


def test_a_tool_runs_from_another_folder(tmp_path):
    result = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "evaluate.py"), "a.json", "b.json"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 2
    assert "b.json: no such file" in result.stderr
