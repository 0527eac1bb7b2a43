"""Optional dependencies, which the package's extras install."""

import importlib
from types import ModuleType
from typing import Any

from .errors import InputError


def require(package: str, fix: str) -> ModuleType:
    """Import an optional package.

    Args:
        package: Name of the package.
        fix: How to install it, for the message.

    Raises:
        InputError: The package is not installed, or its import fails.
    """
    try:
        return importlib.import_module(package)
    except (ImportError, RuntimeError, OSError) as error:
        found = "is not installed" if isinstance(error, ModuleNotFoundError) else f"fails: {error}"
        raise InputError(f"package {package!r} {found}. Fix: {fix}") from error


class OptionalModule:
    """An optional package that is imported when it is first used.

    Args:
        package: Name of the package.
        extra: Extra of loco_mm that installs it.
    """

    def __init__(self, package: str, extra: str):
        self._package = package
        self._fix = f"pip install 'loco_mm[{extra}]'"

    def __getattr__(self, name: str) -> Any:
        return getattr(require(self._package, self._fix), name)
