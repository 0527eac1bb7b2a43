"""The functions that MMEngine's hub expects in a package of the toolbox."""

import mmaction.utils

from ._compat import install


def register_all_modules(init_default_scope: bool = True) -> None:
    """Register all components, including MMAction2's, and prepare the process (:func:`install`).

    MMEngine's ``get_config("loco_mm::...")`` then finds the configs of this package, also as
    ``_base_``, and ``get_model`` builds their models.

    Args:
        init_default_scope: Whether to set the default scope to ``mmaction``, in which the
            components of this package are registered.
    """
    install()
    mmaction.utils.register_all_modules(init_default_scope)
