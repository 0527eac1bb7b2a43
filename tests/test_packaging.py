"""The built package, used from another folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest

from .comparing import ROOT

pytestmark = pytest.mark.run

SOURCES = ("CHANGELOG.md", "CITATION.cff", "LICENSE", "MANIFEST.in", "README.md", "SECURITY.md")
SOURCES += ("model-index.yml", "pyproject.toml", "setup.cfg", "configs", "loco_mm", "tools")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder with an sdist, and the wheel that is built from it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            leave = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, source / name, symlinks=True, ignore=leave)
        else:
            shutil.copy(path, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source]
    subprocess.run(command, check=True, capture_output=True)
    return out


def tracked(*folders):
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_package_configs_tools_and_index_and_nothing_else(built):
    [wheel] = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    mim = {f"loco_mm/.mim/{name}" for name in tracked("configs", "tools") | {"model-index.yml"}}
    assert names == tracked("loco_mm") | mim


def test_the_sdist_holds_what_the_wheel_is_built_from(built):
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}
    top = {name for name in files if "/" not in name}
    assert top == {name for name in SOURCES if (ROOT / name).is_file()} - {"model-index.yml"} | {
        "PKG-INFO"
    }
    assert {name.partition("/")[0] for name in files - top} == {"loco_mm", "loco_mm.egg-info"}


USE = """
from mmengine.config import Config
from mmengine.hub import get_config, get_model

import loco_mm
from loco_mm.utils import register_all_modules

assert loco_mm.__file__.startswith({env!r}), loco_mm.__file__
register_all_modules()
cfg = Config.fromfile("mine.py")
assert cfg.model.dim == 64 and cfg.model.type == "AVLocalizer"
gb = "loco_mm::ablations/loco_unav100_onepeace_gb.py"
assert get_config(gb).model.pyramid.attention.type == "GlobalAttention"
model = get_model("loco_mm::tadtr/tadtr_synthetic.py")
assert type(model).__name__ == "AVLocalizer"
from loco_mm.apis import AVEventInferencer

found = AVEventInferencer("loco_synthetic", device="cpu", show_progress=False)
assert found.model.num_classes == 25
"""


def test_it_is_used_from_another_folder(built, tmp_path):
    """In a separate environment with access to the dependencies of this one."""
    env, work = tmp_path / "env", tmp_path / "work"
    work.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    python = env / "bin" / "python"
    [wheel] = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", wheel], check=True)
    [packages] = env.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (work / "mine.py").write_text(
        '_base_ = "loco_mm::_base_/../loco_synthetic.py"\nmodel = dict(dim=64)\n'
    )
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = dict(cwd=work, env=clean, check=True, capture_output=True, text=True)
    subprocess.run([python, "-W", "ignore", "-c", USE.format(env=str(env))], **run)
    shown = subprocess.run([env / "bin" / "loco-mm"], **run).stdout
    assert "train" in shown and "demo" in shown
    size = [env / "bin" / "loco-mm", "complexity", "mine.py"]
    assert "parameters" in subprocess.run(size, **run).stdout
    unknown = subprocess.run([env / "bin" / "loco-mm", "trane"], **{**run, "check": False})
    assert unknown.returncode == 1 and "unknown tool 'trane'" in unknown.stderr
