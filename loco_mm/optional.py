"""Optional dependencies, which the package's extras install."""

import importlib
import importlib.util
from types import ModuleType
from typing import Any

from .errors import InputError

# torchvision's compiled operators only fit one version and build of torch.
TORCHVISION_FIX = (
    "install the torchvision that was built for this torch, from the package index that torch is "
    "from, or remove it: pip uninstall torchvision"
)


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
        if "torchvision::" in str(error):
            fix = TORCHVISION_FIX
            if package != "torchvision":
                found = f"needs torchvision, whose import {found}"
        raise InputError(f"package {package!r} {found}. Fix: {fix}") from error


def check_torchvision() -> None:
    """Check that torchvision can be imported if it is installed, as MMEngine's runner imports it.

    Raises:
        InputError: Its import fails.
    """
    if importlib.util.find_spec("torchvision"):
        require("torchvision", TORCHVISION_FIX)


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
