"""A model of several tasks: training, testing, and fine-tuning on one task, by the tools."""

import json

import pytest

from loco_mm.apis import AVEventInferencer

from ..comparing import CONFIGS

WORLD = dict(num_classes=3, durations=[4.0, 7.0])
FILES = dict(num_videos=[8, 4, 5], widths=[8, 6])
MODEL = dict(
    max_len=16,
    dim=8,
    encoder=dict(visual_dim=8, audio_dim=6, num_layers=1),
    pyramid=dict(num_levels=2, num_heads=2),
)
RUN = dict(
    train_cfg=dict(max_epochs=1, val_interval=1),
    default_hooks=dict(checkpoint=dict(interval=1), logger=dict(interval=1)),
)
NAMES = ("events", "actions", "sounds")


def dataset(folder, name, split):
    length = dict(max_len=16) if split == "train" else {}
    return dict(
        data_root=str(folder / name),
        world=dict(WORLD, seed=NAMES.index(name)),
        files=FILES,
        features=dict(visual=dict(dim=8), audio=dict(dim=6)),
        **length,
    )


def head(folder, name):
    file = str(folder / name / "class_embeddings.npy")
    return dict(num_classes=3, feat_channels=8, classifier=dict(embeddings=file, feat_channels=8))


def write(folder, leaf, datasets, **model):
    """A file with a shipped config on tiny worlds."""
    changes = dict(RUN, model=dict(MODEL, head=head(folder, "events"), **model))
    for split in ("train", "val", "test"):
        changes[f"{split}_dataloader"] = dict(batch_size=4, dataset=datasets(split))
    path = folder / f"{leaf}.py"
    lines = [f"{name} = {value!r}" for name, value in changes.items()]
    path.write_text("\n".join([f"_base_ = {str(CONFIGS / 'uniav' / (leaf + '.py'))!r}", *lines]))
    return path


def several(folder):
    """The config of three tasks."""
    tasks = {name: dict(max_len=16, head=head(folder, name)) for name in NAMES[1:]}

    def datasets(split):
        return dict(datasets={name: dataset(folder, name, split) for name in NAMES})

    return write(folder, "uniav-at_synthetic", datasets, tasks=tasks)


def single(folder):
    """The config of the first task."""
    return write(folder, "uniav-stf_synthetic", lambda split: dataset(folder, "events", split))


def figures(folder):
    (path,) = folder.glob("*/*.json")
    return json.loads(path.read_text())


@pytest.mark.run
def test_train_all_test_all_and_train_one_further(tmp_path, run_tool):
    config = several(tmp_path)
    status, _, error = run_tool("train.py", config, "--work-dir", tmp_path / "at")
    assert status == 0, error
    checkpoint = tmp_path / "at" / "epoch_1.pth"
    assert list((tmp_path / "at").glob("best_events_mAP_epoch_1.pth"))
    status, _, error = run_tool("test.py", config, checkpoint, "--work-dir", tmp_path / "tested")
    assert status == 0, error
    found = figures(tmp_path / "tested")
    names = [name for name in found if name.endswith("/mAP")]
    assert names == ["events/mAP", "actions/mAP", "sounds/mAP"]

    alone = single(tmp_path)
    # It can be tested as a model of its first task, and used for inference.
    status, _, error = run_tool("test.py", alone, checkpoint, "--work-dir", tmp_path / "first")
    assert status == 0, error
    assert figures(tmp_path / "first")["synthetic/mAP"] == pytest.approx(found["events/mAP"])
    assert AVEventInferencer(alone, checkpoint, show_progress=False).classes is not None
    start = ("--cfg-options", f"load_from={checkpoint}")
    status, out, error = run_tool("train.py", alone, "--work-dir", tmp_path / "stf", *start)
    assert status == 0, error
    assert f"Load checkpoint from {checkpoint}" in out + error
    assert (tmp_path / "stf" / "epoch_1.pth").is_file()
