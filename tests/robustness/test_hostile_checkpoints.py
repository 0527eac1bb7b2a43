"""Checkpoints that try to execute code, or to delete files."""

import io
import os
import pickle
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import mmaction
import pytest
import torch
from mmengine.runner import Runner

from loco_mm.engine import CheckedRunner
from loco_mm.errors import InputError
from loco_mm.fileio import read_checkpoint

from ..tools.test_bad_input import refuse
from .payload import Call
from .runs import change, train


def contents(root):
    return {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_config_in_a_checkpoint_is_not_run(folder, tiny_config, run_tool, tmp_path):
    work_dir, cfg = folder
    trace = tmp_path / "trace"

    def attack(content):
        content["meta"]["config"] = f"x = __import__('os').system('touch {trace}')"

    path = change(work_dir / "epoch_2.pth", attack)
    arguments = ["--work-dir", work_dir, "--cfg-options", "train_cfg.max_epochs=3"]
    for resume in (["--resume"], ["--resume", path]):
        refuse(
            run_tool("train.py", tiny_config, *resume, *arguments),
            "meta.config",
            "could contain code",
        )
    # Also without our runner and hooks.
    cfg.custom_hooks = []
    del cfg.default_hooks["checkpoint_guard"]
    cfg.default_hooks.checkpoint.type = "CheckpointHook"
    train(cfg, resume=path, runner_type=Runner)
    status, *_ = run_tool("test.py", tiny_config, path, "--work-dir", tmp_path / "t")
    assert status == 0
    assert not trace.exists()


def test_the_toolbox_s_own_tool_is_covered_by_our_runner(folder, tiny_config, tmp_path):
    work_dir, _ = folder
    trace, path = tmp_path / "trace", work_dir / "epoch_2.pth"
    torch.save(dict(state_dict={}, evil=Call(os.system, f"touch {trace}")), path)
    tool = Path(mmaction.__file__).parent / ".mim" / "tools" / "train.py"
    done = subprocess.run(
        [sys.executable, tool, tiny_config, "--work-dir", work_dir, "--resume", path],
        env=os.environ | {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.search(r"InputError: checkpoint .*: refused: .*types: \w+\.system$", last)
    assert not trace.exists()


@pytest.mark.parametrize("kind", ["AtomicCheckpointHook", "CheckpointHook"])
def test_files_that_a_checkpoint_names_are_not_removed(folder, tmp_path, kind):
    work_dir, cfg = folder
    victims = [tmp_path / "victim.pth", tmp_path / "tree", work_dir / "best_mine.pth"]
    victims[1].mkdir()
    for path in (victims[0], victims[1] / "x", victims[2]):
        path.write_text("mine")

    whole = (work_dir / "epoch_2.pth").read_bytes()
    for victim in victims:
        (work_dir / "epoch_2.pth").write_bytes(whole)

        def attack(content, victim=victim):
            runtime = content["message_hub"]["runtime_info"]
            runtime["best_ckpt"] = runtime["best_ckpt_synthetic/mAP"] = str(victim)
            runtime["last_ckpt"] = str(victim)
            runtime["best_score"] = -1.0
            runtime["keep_ckpt_ids"] = [f"/../../{victim.name}", 1, 2, 3, 4]

        path = change(work_dir / "epoch_2.pth", attack)
        cfg.default_hooks.checkpoint.type = kind
        runner = CheckedRunner if kind == "AtomicCheckpointHook" else Runner
        train(cfg, resume=path, runner_type=runner)
    assert all(path.exists() for path in victims)
    assert (victims[1] / "x").read_text() == "mine"


def test_going_on_in_another_folder_leaves_the_first_as_it_is(folder, tmp_path, capfd):
    work_dir, cfg = folder
    other = tmp_path / "b"
    other.mkdir()
    for name in ("best_synthetic_mAP_epoch_1.pth", "epoch_1.pth", "epoch_2.pth"):
        (other / name).write_bytes((work_dir / "epoch_2.pth").read_bytes())
    before = contents(work_dir), contents(other)
    cfg.work_dir = other
    train(cfg, resume=work_dir / "epoch_2.pth")
    assert f"is not in {other}: the next better one will be saved there" in "".join(
        capfd.readouterr()
    )
    assert contents(work_dir) == before[0]
    after = contents(other)
    assert {path: after[path] for path in before[1]} == before[1]
    assert (other / "epoch_4.pth").is_file()


def test_only_what_the_run_wrote_goes(folder, tmp_path):
    """Files that another run has written are kept, whatever their names."""
    work_dir, cfg = folder

    def of_another(content):
        content["meta"]["run_id"] = "another"

    foreign = {}
    for number in (0, 7):
        for name in (f"best_synthetic_mAP_epoch_{number}.pth", f"epoch_{number}.pth"):
            (work_dir / name).write_bytes((work_dir / "epoch_1.pth").read_bytes())
            foreign[work_dir / name] = change(work_dir / name, of_another).read_bytes()
    train(cfg, resume=work_dir / "epoch_2.pth")
    found = {path.name for path in work_dir.glob("*.pth")}
    assert {p: p.read_bytes() for p in foreign} == foreign
    kept = {name for name in found if work_dir / name not in foreign}
    assert {name for name in kept if name.startswith("epoch")} == {"epoch_3.pth", "epoch_4.pth"}
    assert len([name for name in kept if name.startswith("best_")]) == 1


def test_the_same_run_is_refused_where_its_state_is_not_a_runs(folder):
    work_dir, cfg = folder
    path = change(work_dir / "epoch_2.pth", lambda content: dict(content, message_hub={"x": 1}))
    with pytest.raises(InputError, match=r"message_hub\.log_scalars is no dict"):
        train(cfg, resume=path)


def legacy_tar(path, ran):
    """torch's first format, parts of which it once unpickled unchecked (CVE-2025-32434)."""
    code = pickle.dumps(Call(os.mkdir, str(ran)))
    with tarfile.open(path, "w") as archive:
        for name in ("storages", "tensors", "pickle"):
            member = tarfile.TarInfo(name)
            member.size = len(code)
            archive.addfile(member, io.BytesIO(code))


def items_of_a_list(path, ran):
    """An opcode for dicts, applied to another object (CVE-2026-24747)."""
    rezip(path, lambda name, data: b"\x80\x02]K\x01aK\x00K\x07s." if name == "data.pkl" else data)


def storage_that_is_too_short(path, ran):
    """Fewer bytes than the tensor declares (CVE-2026-24747)."""
    rezip(path, lambda name, data: data[:4] if name == "data/0" else data)


def rezip(path, edit):
    torch.save(dict(state_dict=dict(x=torch.ones(1000))), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, edit(name.partition("/")[2], data))


@pytest.mark.parametrize("attack", [legacy_tar, items_of_a_list, storage_that_is_too_short])
@pytest.mark.parametrize("mapped", [False, True])
def test_known_ways_around_torchs_guard_are_closed(tmp_path, attack, mapped):
    path, ran = tmp_path / "x.pth", tmp_path / "ran"
    attack(path, ran)
    with pytest.raises(InputError, match=r"checkpoint \S*x\.pth: "):
        read_checkpoint(path, mapped=mapped)
    assert not ran.exists()
