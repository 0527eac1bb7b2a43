"""What MMEngine's hub looks for in a package of the toolbox."""

import mmaction.utils
from mmengine.registry import Registry

from ._compat import install
from .registry import MODELS


def register_all_modules(init_default_scope: bool = True) -> None:
    """Register all parts, those of MMAction2 too, and prepare the process, see :func:`install`.

    MMEngine's ``get_config("loco_mm::...")`` then finds the configs of this package, also as
    ``_base_``, and ``get_model`` builds their models.

    Args:
        init_default_scope: Whether bare names of parts are those of MMAction2 from now on, among
            which the parts of this package are.
    """
    install()
    mmaction.utils.register_all_modules(init_default_scope)
    # The hub builds models in a scope of the package's name.
    if "loco_mm" not in MODELS.children:
        Registry("model", parent=MODELS, scope="loco_mm")
