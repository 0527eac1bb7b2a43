"""Packages that some extractors need."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import torch

# Folder to which `make install` installs packages that conflict with the environment.
BESIDE = Path(sys.prefix) / "extractors"
_LIBRARIES = []


@pytest.fixture(scope="session")
def torchvision():
    """torchvision, without its own operators if they cannot be loaded.

    PyPI's wheel is built for torch with CUDA. With a CPU version of torch its operators cannot be
    loaded, and the import fails because their names are missing. The tests do not call them.
    """
    if BESIDE.is_dir() and str(BESIDE) not in sys.path:
        sys.path.append(str(BESIDE))
    if "torchvision" not in sys.modules:
        spec = importlib.util.find_spec("torchvision")
        if spec is None:
            pytest.skip("torchvision is not installed")
        if not torch.version.cuda:
            _name_operators(Path(spec.origin).parent)
    return importlib.import_module("torchvision")


@pytest.fixture
def timm(torchvision):
    """timm, which imports torchvision."""
    return _package("timm")


@pytest.fixture
def transformers(torchvision):
    """transformers, which checks only once whether torchvision is installed."""
    return _package("transformers")


def _package(name: str):
    """Import a package; where ours are installed, a failed import is an error."""
    return importlib.import_module(name) if BESIDE.is_dir() else pytest.importorskip(name)


def _name_operators(package: Path) -> None:
    if any(package.glob("_C*")) and hasattr(torch.ops.torchvision, "nms"):
        return
    source = (package / "_meta_registrations.py").read_text()
    names = re.findall(r"torchvision::(\w+)", source) + re.findall(r'meta\("(\w+)"', source)
    library = torch.library.Library("torchvision", "DEF")
    for name in sorted(set(names)):
        library.define(f"{name}() -> ()")
    # Removed together with the object.
    _LIBRARIES.append(library)
