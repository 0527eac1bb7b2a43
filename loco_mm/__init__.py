"""loco_mm: dense audio-visual event localization for MMAction2 and MMEngine.

Importing the package registers its components in MMAction2's registries. A config needs only
``custom_imports = dict(imports=['loco_mm'])``.
"""

from . import _compat

_compat.check_dependencies()
_compat.install()

from . import datasets, engine, evaluation, models  # noqa: E402

__version__ = _compat.installed_version()
__all__ = ["__version__", "datasets", "engine", "evaluation", "models"]
