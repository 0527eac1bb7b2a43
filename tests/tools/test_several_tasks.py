"""A model of several tasks, trained and tested by the tools; and a table with it."""

import json

import pytest

from loco_mm.apis import AVEventInferencer

from ..comparing import CONFIGS
from .test_reproduce import table

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
    """A shipped config on tiny worlds: a file."""
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
    """That of the first alone."""
    return write(folder, "uniav-stf_synthetic", lambda split: dataset(folder, "events", split))


def figures(folder):
    (path,) = folder.glob("*/*.json")
    return json.loads(path.read_text())


@pytest.mark.run
def test_train_all_and_test_all_and_one(tmp_path, run_tool):
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
    # As a model of its first task it is tested, and finds events.
    status, _, error = run_tool("test.py", alone, checkpoint, "--work-dir", tmp_path / "first")
    assert status == 0, error
    assert figures(tmp_path / "first")["synthetic/mAP"] == pytest.approx(found["events/mAP"])
    assert AVEventInferencer(alone, checkpoint, show_progress=False).classes is not None


@pytest.mark.run
def test_a_row_of_a_table_starts_from_what_another_has_trained(tmp_path, run_tool):
    """That of one task from that of all; a row whose data are not there is passed over."""
    common = dict(system="UniAV", dataset="tiny", features="simulated")
    start = {"load_from": "work_dirs/uniav-at_synthetic/epoch_1.pth"}
    away = {"data_root": str(tmp_path / "no")}
    rows = [
        dict(common, name="stf", config=str(single(tmp_path)), options=start),
        dict(common, name="away", config="configs/loco_unav100_onepeace.py", options=away),
        dict(common, name="at", config=str(several(tmp_path)), published={"mAP": 12.5}),
    ]
    plan, work = tmp_path / "plan.py", tmp_path / "table"
    plan.write_text(f"rows = {rows!r}")
    command = ("reproduce.py", "--table", plan, "--work-dir", work)
    status, out, error = run_tool(*command)
    assert status == 0, error
    stf, away, published, at = table(out)
    assert stf["figures"] == f"not at hand: checkpoint {start['load_from']}: no such file"
    assert away["figures"].startswith("not at hand: annotation file ")
    assert (published["figures"], published["mAP"]) == ("published", "12.5")
    assert at["figures"] == "here, selected on validation (1)"
    (tested,) = (work / "at" / "seed0" / "test").glob("*/*.json")
    found = json.loads(tested.read_text())
    for key in ("mAP", "mAP@0.5", "mAP@0.9"):
        assert at[key] == f"{100 * found[f'events/{key}']:.1f}"

    status, out, error = run_tool(*command, "--only", "stf")
    assert status == 0, error
    checkpoint = work / "at" / "seed0" / "epoch_1.pth"
    (log,) = (work / "stf" / "seed0").glob("*/*.log")
    assert f"Load checkpoint from {checkpoint}" in log.read_text()
    assert [row["figures"] for row in table(out)] == ["here, selected on validation (1)"]
