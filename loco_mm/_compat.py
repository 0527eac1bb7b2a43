"""Cures for the dependencies' defects: on import, and before a process runs models."""

import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from packaging.requirements import Requirement

# A full mmcv serves as well as the lite one.
ALTERNATIVES = {"mmcv-lite": ("mmcv-lite", "mmcv")}


def installed_version() -> str:
    """Version of this package, as it was installed."""
    return _installed("loco_mm") or "0+unknown"


def _installed(name: str) -> str | None:
    for candidate in ALTERNATIVES.get(name, (name,)):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _requirements() -> list[Requirement]:
    """What the installed package asks for; nothing where it runs without being installed."""
    try:
        listed = importlib.metadata.requires("loco_mm") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    parsed = map(Requirement, listed)
    return [r for r in parsed if r.marker is None or r.marker.evaluate({"extra": ""})]


def check_dependencies() -> None:
    """Check that every dependency is there in a version known to work.

    Raises:
        ImportError: Names each missing or incompatible package and the command that cures it.
    """
    problems, wanted = [], []
    for requirement in _requirements():
        name, version = requirement.name, _installed(requirement.name)
        if version is None:
            problems.append(f"{name} is not installed")
        elif not requirement.specifier.contains(version, prereleases=True):
            problems.append(f"{name} {version} is installed, {requirement} is needed")
        else:
            continue
        wanted.append(f"'{requirement}'")
    if problems:
        raise ImportError(f"loco_mm: {'; '.join(problems)}. Cure: pip install {' '.join(wanted)}")


class _MissingDRN:
    """Stands in for ``mmaction.models.localizers.drn.drn.DRN``."""

    def __init__(self, *args, **kwargs):
        raise ImportError(
            "DRN is missing from the mmaction2 1.2.0 package on PyPI "
            "(open-mmlab/mmaction2#2714). Cure: install mmaction2 from its source repository"
        )


class _DRNFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the ``drn`` modules that the mmaction2 1.2.0 wheel forgot (mmaction2#2714).

    It is appended to ``sys.meta_path``, so that modules that exist are found first.
    """

    PACKAGE = "mmaction.models.localizers.drn"

    def find_spec(self, fullname, path=None, target=None):
        if fullname in (self.PACKAGE, f"{self.PACKAGE}.drn"):
            is_package = fullname == self.PACKAGE
            return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__.endswith(".drn.drn"):
            vars(module)["DRN"] = _MissingDRN


class _MultimodalLoader(importlib.abc.Loader):
    """Loads the toolbox's multimodal models, or in their place what says why it cannot."""

    NAMES = ("VindLUVQA", "VindLURetrieval", "VindLURetrievalMC")

    def __init__(self, loader: importlib.abc.Loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        try:
            self.loader.exec_module(module)
        except Exception as error:  # whatever another version brings about
            self._refuse_models(f"mmaction2 1.2.0 cannot import its VindLU models: {error}")

    def _refuse_models(self, reason: str) -> None:
        from mmaction.registry import MODELS

        def refuse(*args, **kwargs):
            raise ImportError(f"{reason}. Cure: pip install 'transformers<4.50'")

        for name in self.NAMES:
            MODELS.register_module(name=name, module=refuse, force=True)


class _MultimodalFinder(importlib.abc.MetaPathFinder):
    """Keeps a newer transformers from stopping the whole toolbox.

    mmaction2 1.2.0 imports its VindLU models wherever transformers is installed, and fails with
    one from which what they import has moved.
    """

    PACKAGE = "mmaction.models.multimodal"

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _MultimodalLoader(spec.loader)
        return spec


def _checkpoint_getattr(owner, name):
    """The ``getattr`` that a checkpoint may call: methods of ``HistoryBuffer``, nothing else."""
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in ("min", "max", "mean", "current"):
        return getattr(owner, name)
    raise RuntimeError(f"checkpoint refused: it asks for attribute {name!r} of {owner!r}")


def _allow_mmengine_checkpoints() -> None:
    """Let ``torch.load(weights_only=True)`` read what an MMEngine checkpoint holds besides tensors.

    MMEngine stores its log history (numpy arrays in a ``HistoryBuffer``) in every checkpoint
    (open-mmlab/mmengine#1655). Allowing those few types keeps ``weights_only`` on, so that a
    checkpoint still cannot run code.
    """
    import numpy as np
    import torch
    from mmengine.logging import HistoryBuffer

    reconstruct = np.array(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    allowed = [HistoryBuffer, np.ndarray, np.dtype, (_checkpoint_getattr, "builtins.getattr")]
    # numpy 2 writes the second, numpy 1 the first; each must read both.
    for core in ("numpy.core", "numpy._core"):
        allowed.append((reconstruct, f"{core}.multiarray._reconstruct"))
        allowed.append((scalar, f"{core}.multiarray.scalar"))
    for kind in ("float64", "float32", "int64", "int32", "bool"):
        allowed.append(type(np.dtype(kind)))
    torch.serialization.add_safe_globals(allowed)


@contextmanager
def _weights_only() -> Iterator[None]:
    """torch loads data only, whatever a caller or the user's environment says."""
    names = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ[names[0]] = "1"
    try:
        yield
    finally:
        del os.environ[names[0]]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _load_checkpoints_as_data() -> None:
    """Make all of MMEngine's ways to a checkpoint read it as data.

    Its downloads allow any pickle, its ``Runner.resume`` runs a text of the checkpoint as Python,
    and its ``CheckpointHook`` removes what a resumed checkpoint names.
    """
    from mmengine.logging import print_log
    from mmengine.runner.checkpoint import CheckpointLoader

    from .fileio import read_checkpoint, strip_orders

    original = CheckpointLoader.load_checkpoint.__func__
    if original.__module__ == __name__:
        return

    def load_checkpoint(cls, filename, map_location=None, logger="current"):
        if "://" in str(filename):
            with _weights_only():
                return strip_orders(original(cls, filename, map_location, logger))
        print_log(f"Loads checkpoint from path: {filename}", logger=logger)
        return strip_orders(read_checkpoint(filename, map_location))

    CheckpointLoader.load_checkpoint = classmethod(load_checkpoint)


def install() -> None:
    """Apply the cures that importing needs. Calling it again changes nothing."""
    if not any(isinstance(finder, _DRNFinder) for finder in sys.meta_path):
        sys.meta_path.append(_DRNFinder())
        sys.meta_path.insert(0, _MultimodalFinder())
    _allow_mmengine_checkpoints()
    _load_checkpoints_as_data()


def prepare_process() -> None:
    """What a process needs that runs models, and that an import should not touch.

    MMEngine's launcher always calls ``torch.cuda.set_device``, which fails where there is no CUDA.
    """
    import torch

    if not torch.cuda.is_available():
        torch.cuda.set_device = lambda device: None
