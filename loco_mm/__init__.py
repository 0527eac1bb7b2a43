"""loco_mm: dense audio-visual event localization for MMAction2 and MMEngine.

Importing the package registers its components in MMAction2's registries. A config only needs
``custom_imports = dict(imports=['loco_mm'])``. Other packages are not changed; see :func:`install`
for what a run needs.
"""

from . import _compat

_compat.check_dependencies()
_compat.add_import_hooks()

from . import datasets, engine, evaluation, models, worlds  # noqa: E402
from ._compat import install  # noqa: E402

__version__ = _compat.installed_version()
__all__ = ["__version__", "datasets", "engine", "evaluation", "install", "models", "worlds"]
