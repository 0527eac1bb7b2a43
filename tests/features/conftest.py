"""Packages that some extractors need."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import torch

# Where `make install` puts what cannot stand in the environment itself.
BESIDE = Path(sys.prefix) / "extractors"
_LIBRARIES = []


@pytest.fixture(scope="session")
def torchvision():
    """torchvision, without its own operators where they cannot be loaded.

    PyPI's is built against torch's CUDA build. Beside torch's CPU build its operators cannot be
    loaded, and for want of their names it cannot be imported at all. Nothing here calls them.
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
    """transformers, which asks but once whether there is torchvision."""
    return _package("transformers")


def _package(name: str):
    """A package; where ours are installed it is no excuse that one cannot be imported."""
    return importlib.import_module(name) if BESIDE.is_dir() else pytest.importorskip(name)


def _name_operators(package: Path) -> None:
    if any(package.glob("_C*")) and hasattr(torch.ops.torchvision, "nms"):
        return
    source = (package / "_meta_registrations.py").read_text()
    names = re.findall(r"torchvision::(\w+)", source) + re.findall(r'meta\("(\w+)"', source)
    library = torch.library.Library("torchvision", "DEF")
    for name in sorted(set(names)):
        library.define(f"{name}() -> ()")
    # It goes with the object.
    _LIBRARIES.append(library)
