"""Workarounds for bugs of dependencies, applied on import or by :func:`install`."""

import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
import warnings
from types import ModuleType

from packaging.requirements import Requirement

# The full mmcv package is accepted in place of mmcv-lite.
ALTERNATIVES = {"mmcv-lite": ("mmcv-lite", "mmcv")}


def installed_version() -> str:
    """Version of this package as installed."""
    return _installed("loco_mm") or "0+unknown"


def _installed(name: str) -> str | None:
    for candidate in ALTERNATIVES.get(name, (name,)):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _requirements() -> list[Requirement]:
    """Requirements of the installed package; empty if it runs without being installed."""
    try:
        listed = importlib.metadata.requires("loco_mm") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    parsed = map(Requirement, listed)
    return [r for r in parsed if r.marker is None or r.marker.evaluate({"extra": ""})]


def check_dependencies() -> None:
    """Check that all dependencies are installed in a version known to work.

    Raises:
        ImportError: Names each missing or incompatible package and the command that fixes it.
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
        raise ImportError(f"loco_mm: {'; '.join(problems)}. Fix: pip install {' '.join(wanted)}")


class _MissingDRN:
    """Stands in for ``mmaction.models.localizers.drn.drn.DRN``."""

    def __init__(self, *args, **kwargs):
        raise ImportError(
            "DRN is missing from the mmaction2 1.2.0 package on PyPI "
            "(open-mmlab/mmaction2#2714). Fix: install mmaction2 from its source repository"
        )


class _DRNFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the ``drn`` modules that the mmaction2 1.2.0 wheel forgot (mmaction2#2714).

    It is appended to ``sys.meta_path``, so that existing modules are found first.
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
    """Loads the toolbox's multimodal models, or replaces them by stubs that raise the reason."""

    NAMES = ("VindLUVQA", "VindLURetrieval", "VindLURetrievalMC")

    def __init__(self, loader: importlib.abc.Loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        try:
            self.loader.exec_module(module)
        except Exception as error:  # depends on the version of transformers
            self._refuse_models(f"mmaction2 1.2.0 cannot import its VindLU models: {error}")

    def _refuse_models(self, reason: str) -> None:
        from mmaction.registry import MODELS

        def refuse(*args, **kwargs):
            raise ImportError(f"{reason}. Fix: pip install 'transformers<4.50'")

        for name in self.NAMES:
            MODELS.register_module(name=name, module=refuse, force=True)


class _MultimodalFinder(importlib.abc.MetaPathFinder):
    """Prevents a newer transformers from breaking the import of the whole toolbox.

    mmaction2 1.2.0 imports its VindLU models if transformers is installed. This fails with newer
    versions, which have moved some of the imported names.
    """

    PACKAGE = "mmaction.models.multimodal"

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _MultimodalLoader(spec.loader)
        return spec


def add_import_hooks() -> None:
    """Make the whole toolbox importable. Repeated calls have no effect."""
    if not any(isinstance(finder, _DRNFinder) for finder in sys.meta_path):
        sys.meta_path.append(_DRNFinder())
        sys.meta_path.insert(0, _MultimodalFinder())


def install() -> None:
    """Prepare this process for runs, alone or as one of several: checkpoints are read as data only.

    The tools and :class:`CheckedRunner` call it; importing the package does none of this.
    Afterwards ``torch.load`` reads data only, with the types that MMEngine's checkpoints contain.
    Entries that MMEngine would act on are removed: its ``Runner.resume`` would execute a config
    text in a checkpoint, and its ``CheckpointHook`` would delete the files that a checkpoint lists.
    Without CUDA, MMEngine's launcher can start several processes on CPUs. A warning of mmcv-lite
    about an operator that no part of this package uses is not shown.
    """
    import torch
    from mmengine.config.utils import MODULE2PACKAGE
    from mmengine.runner.checkpoint import CheckpointLoader, load_from_http

    from .fileio import checkpoint_types, drop_side_effects, read_checkpoint

    warnings.filterwarnings("ignore", "Fail to import ``MultiScaleDeformableAttention``")
    # So that "loco_mm::..." can be used as a base of a config. MMEngine looks for a distribution of
    # the given name in site-packages, where an editable installation has no folder, and otherwise
    # for a module, next to which it finds the configs.
    MODULE2PACKAGE["loco_mm"] = "loco_mm.registry"
    _add_scope()
    os.environ.pop("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None)
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    torch.serialization.add_safe_globals(checkpoint_types())

    def load_file(filename, map_location):
        return drop_side_effects(read_checkpoint(filename, map_location))

    def load_url(filename, map_location):
        return drop_side_effects(load_from_http(filename, map_location))

    CheckpointLoader.register_scheme("", load_file, force=True)
    CheckpointLoader.register_scheme(("http://", "https://"), load_url, force=True)
    if not torch.cuda.is_available():
        # MMEngine's launcher always calls it, which fails without CUDA.
        torch.cuda.set_device = lambda device: None


def _add_scope() -> None:
    """Add the scope ``loco_mm``, in which MMEngine builds what it reads from ``loco_mm::...``.

    Its registries are empty: components are found in those of MMAction2, their parents.
    """
    import mmaction.registry
    from mmengine.registry import Registry

    for parent in vars(mmaction.registry).values():
        is_theirs = isinstance(parent, Registry) and parent.scope == "mmaction"
        if is_theirs and "loco_mm" not in parent.children:
            Registry(parent.name, parent=parent, scope="loco_mm")
