"""Packages that not every user needs: what the extras of this package install."""

import importlib
from types import ModuleType
from typing import Any

from .errors import InputError


def require(package: str, fix: str) -> ModuleType:
    """Import a package that is not always installed.

    Args:
        package: Its name.
        fix: How to get it.

    Raises:
        InputError: It is not installed, or cannot be imported.
    """
    try:
        return importlib.import_module(package)
    except (ImportError, RuntimeError, OSError) as error:
        found = "is not installed" if isinstance(error, ModuleNotFoundError) else f"fails: {error}"
        raise InputError(f"package {package!r} {found}. Fix: {fix}") from error


class OptionalModule:
    """A package that is imported when something of it is used first.

    Args:
        package: Its name.
        extra: The extra of this package that installs it.
    """

    def __init__(self, package: str, extra: str):
        self._package = package
        self._fix = f"pip install 'loco_mm[{extra}]'"

    def __getattr__(self, name: str) -> Any:
        return getattr(require(self._package, self._fix), name)
