"""Workarounds for dependencies, and errors on the first import."""

import os
import pickle
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from packaging.requirements import Requirement

import loco_mm
from loco_mm import _compat

from .robustness.payload import Call

ROOT = Path(__file__).resolve().parents[1]


def test_requirements_are_those_of_the_package_metadata():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.findall(
        r'^    "([^"]+)",$', text.split("dependencies = [")[1].split("\n]")[0], re.M
    )
    assert {str(r) for r in _compat._requirements()} == {str(Requirement(x)) for x in listed}
    assert f'version = "{loco_mm.__version__}"' in text
    # The current environment satisfies them.
    _compat.check_dependencies()


def test_a_missing_and_an_incompatible_dependency_are_named_with_the_fix(monkeypatch):
    versions = {
        "torch": "2.20.0",
        "mmengine": "0.10.7",
        "mmcv-lite": "2.1.0",
        "mmaction2": None,
        "importlib_metadata": "8.0",
        "setuptools": "81.0.0",
    }
    installed = _compat._installed
    monkeypatch.setattr(
        _compat, "_installed", lambda name: versions[name] if name in versions else installed(name)
    )
    with pytest.raises(ImportError) as error:
        _compat.check_dependencies()
    text = str(error.value)
    assert "torch 2.20.0 is installed, torch<2.14,>=2.10 is needed" in text
    assert "mmaction2 is not installed" in text
    assert text.endswith("Fix: pip install 'torch<2.14,>=2.10' 'mmaction2==1.2.0'")


def test_the_models_that_the_toolbox_package_forgot_do_not_stop_it():
    import mmaction.models.localizers.drn.drn as drn

    if getattr(drn, "__file__", None) is None:
        with pytest.raises(ImportError, match="mmaction2#2714"):
            drn.DRN()


@pytest.mark.run
def test_it_is_imported_first_and_a_transformers_unknown_to_the_toolbox_stops_nothing(tmp_path):
    """Bare names are registered. As version 5, this transformers lacks names that were moved."""
    (tmp_path / "transformers-5.17.0.dist-info").mkdir()
    (tmp_path / "transformers-5.17.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: transformers\nVersion: 5.17.0\n"
    )
    (tmp_path / "transformers").mkdir()
    (tmp_path / "transformers" / "__init__.py").write_text("")
    code = (
        "import loco_mm, sys; assert 'mmaction.models' not in sys.modules;"
        "from mmaction.registry import MODELS; assert MODELS.get('AVLocalizer');"
        "import mmaction.models;"
        "from mmaction.utils.dependency import WITH_MULTIMODAL; assert WITH_MULTIMODAL;"
        "assert MODELS.get('BMN');"
        "MODELS.build(dict(type='VindLUVQA'))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path[1:]])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "mmaction2 1.2.0 cannot import its VindLU models: " in last
    assert last.endswith("Fix: pip install 'transformers<4.50'")


def test_a_checkpoint_with_log_history_loads_safely(tmp_path):
    _compat.install()
    buffer = HistoryBuffer([1.0, 2.0], [1, 1])
    buffer.update(np.float64(4.5))
    content = dict(
        hub=buffer, scalar=np.float32(1.5), count=np.int64(3), array=np.arange(3), t=torch.ones(2)
    )
    torch.save(content, tmp_path / "ok.pth")
    loaded = torch.load(tmp_path / "ok.pth", weights_only=True)
    assert loaded["hub"].mean() == pytest.approx(2.5)
    assert loaded["hub"].current() == 4.5
    assert loaded["scalar"] == np.float32(1.5)
    assert loaded["array"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "payload",
    [
        lambda path: Call(open, str(path), "w"),
        lambda path: Call(eval, f"open({str(path)!r}, 'w')"),
        lambda path: Call(getattr, path, "touch"),
        lambda path: Call(getattr, HistoryBuffer, "register_statistics"),
    ],
)
def test_a_checkpoint_that_carries_code_is_refused(tmp_path, payload):
    from mmengine.runner.checkpoint import CheckpointLoader

    _compat.install()
    trace = tmp_path / "trace"
    torch.save(dict(state_dict={}, evil=payload(trace)), tmp_path / "evil.pth")
    with pytest.raises(Exception, match="refused|data alone"):
        CheckpointLoader.load_checkpoint(str(tmp_path / "evil.pth"), map_location="cpu")
    assert not trace.exists()


def test_a_downloaded_checkpoint_is_data_too(tmp_path, monkeypatch):
    """MMEngine's downloads allow arbitrary pickles."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from mmengine.runner.checkpoint import CheckpointLoader

    trace, served = tmp_path / "trace", tmp_path / "served"
    served.mkdir()
    torch.save(dict(evil=Call(open, str(trace), "w")), served / "evil.pth")
    meta, runtime = dict(config="x = 1"), dict(best_ckpt="y")
    hub = dict(runtime_info=runtime, resumed_keys={}, log_scalars={})
    torch.save(dict(state_dict={}, meta=meta, message_hub=hub), served / "good.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    _compat.install()
    handler = partial(SimpleHTTPRequestHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(pickle.UnpicklingError):
            CheckpointLoader.load_checkpoint(f"{url}/evil.pth", map_location="cpu")
        found = CheckpointLoader.load_checkpoint(f"{url}/good.pth", map_location="cpu")
        server.shutdown()
    assert not trace.exists()
    assert found["meta"] == found["message_hub"]["runtime_info"] == {}


@pytest.mark.run
def test_an_import_changes_nothing_of_others(tmp_path):
    """MMEngine can still load a checkpoint with types of other packages."""
    torch.save(dict(state_dict={}, args=Namespace(lr=1)), tmp_path / "theirs.pth")
    code = f"""
# OpenCV, which the toolbox imports, sets variables of its own.
import os, torch, mmengine.runner, mmaction.registry
from mmengine.runner.checkpoint import CheckpointLoader

def state():
    schemes = {{name: loader for name, loader in CheckpointLoader._schemes.items()}}
    allowed = torch.serialization.get_safe_globals()
    return dict(os.environ), torch.cuda.set_device, schemes, allowed

before = state()
import loco_mm
assert state() == before
path = {str(tmp_path / "theirs.pth")!r}
assert CheckpointLoader.load_checkpoint(path)["args"].lr == 1
loco_mm.install()
assert state() != before
try:
    CheckpointLoader.load_checkpoint(path)
except loco_mm.errors.InputError as error:
    assert "argparse.Namespace" in str(error)
else:
    raise AssertionError
"""
    env = {**os.environ, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
    env.pop("TORCH_FORCE_WEIGHTS_ONLY_LOAD", None)
    command = [sys.executable, "-W", "ignore", "-c", code]
    subprocess.run(command, check=True, cwd=ROOT, env=env)


def test_import_hooks_are_added_once():
    before = list(sys.meta_path)
    _compat.add_import_hooks()
    assert sys.meta_path == before


def test_a_component_mixes_into_a_config_of_the_toolbox(tmp_path):
    import mmaction
    from mmengine.config import Config

    from loco_mm.registry import METRICS, MODELS

    base = next(
        (Path(mmaction.__file__).parent / ".mim/configs/localization/bmn").glob("bmn_*400x100*.py")
    )
    path = tmp_path / "mixed.py"
    path.write_text(
        f"_base_ = {str(base)!r}\n"
        "custom_imports = dict(imports=['loco_mm'])\n"
        "test_evaluator = dict(_delete_=True, type='SegmentMAP', prefix='mine')\n"
        "loss = dict(type='SegmentIoULoss', mode='diou')\n"
    )
    cfg = Config.fromfile(path)
    assert type(MODELS.build(cfg.model)).__name__ == "BMN"
    assert METRICS.build(cfg.test_evaluator).prefix == "mine"
    assert MODELS.build(cfg.loss).mode == "diou"
