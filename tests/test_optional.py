"""Optional dependencies."""

import importlib
import math
import subprocess
import sys

import pytest

from loco_mm.errors import InputError
from loco_mm.optional import OptionalModule, check_torchvision, require

from .comparing import ROOT


def test_a_module_is_imported_when_it_is_used():
    assert OptionalModule("math", "media").pi == math.pi
    missing = OptionalModule("not_there", "media")
    with pytest.raises(InputError) as error:
        missing.open()
    text = "package 'not_there' is not installed. Fix: pip install 'loco_mm[media]'"
    assert str(error.value) == text


def test_one_that_cannot_be_imported_is_said_to_fail(tmp_path, monkeypatch):
    (tmp_path / "broken_one.py").write_text("raise OSError('no such library')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="'broken_one' fails: no such library. Fix: do this"):
        require("broken_one", "do this")


@pytest.mark.parametrize("package", ["torchvision", "timm"])
def test_a_torchvision_that_does_not_fit_is_named(package, tmp_path, monkeypatch):
    text = "operator torchvision::nms does not exist"
    (tmp_path / f"{package}.py").write_text(f"raise RuntimeError({text!r})")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, package, raising=False)
    importlib.invalidate_caches()
    needs = "needs torchvision, whose import fails" if package == "timm" else "fails"
    with pytest.raises(InputError, match=f"^package '{package}' {needs}: {text}. Fix: .*built for"):
        require(package, "pip install it")


def test_a_run_checks_torchvision_only_if_it_is_there(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    check_torchvision()
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('no operator torchvision::nms')")
    importlib.invalidate_caches()
    with pytest.raises(InputError, match="package 'torchvision' fails: no operator"):
        check_torchvision()


@pytest.mark.run
def test_without_the_extras_all_can_be_imported_and_what_needs_them_names_the_command():
    code = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("av", "h5py"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
import loco_mm, loco_mm.apis, loco_mm.exchange, loco_mm.features, loco_mm.media, loco_mm.testing
import loco_mm.visualization, loco_mm.worlds.rendered
from loco_mm.fileio import HDF5Array
from loco_mm.media import probe

for read, arguments in ((probe, ["setup.cfg"]), (HDF5Array, ["setup.cfg", "x", "file", [("N",)]])):
    try:
        read(*arguments)
    except loco_mm.errors.InputError as error:
        print(error)
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "package 'av' is not installed. Fix: pip install 'loco_mm[media]'",
        "package 'h5py' is not installed. Fix: pip install 'loco_mm[avel]'",
    ]
