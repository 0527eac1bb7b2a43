"""Writes the values of a run for TensorBoard."""

from typing import Any

from mmengine.visualization import TensorboardVisBackend

from ..arguments import checked
from ..registry import VISBACKENDS

# Added to the values of a validation: the training iterations before it.
ITERATION_KEY = "iteration"
# These values are horizontal axes of the others.
AXIS_KEYS = {"iter", "step", "epoch", ITERATION_KEY}
_GROUPS = {
    "lr": {"lr", "base_lr"},
    "system": {"time", "data_time", "memory"},
}


@VISBACKENDS.register_module()
class GroupedTensorboardBackend(TensorboardVisBackend):
    """MMEngine's backend, with all values over iterations and in groups.

    MMEngine writes validations over epochs, and the time of validation and training steps as one
    curve. Groups are ``loss``, ``lr``, ``system`` (times and memory), ``model`` (other values of
    training steps) and ``val``.

    Args:
        save_dir: Folder of the event files.
    """

    @checked
    def __init__(self, save_dir: str):
        super().__init__(save_dir)

    def add_scalars(
        self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **kwargs: Any
    ) -> None:
        """See :meth:`mmengine.visualization.BaseVisBackend.add_scalars`."""
        values = dict(scalar_dict)
        if ITERATION_KEY in values:
            step = values.pop(ITERATION_KEY)
            named = {f"val/{name}": value for name, value in values.items()}
        else:
            named = {f"{_group(x)}/{x}": v for x, v in values.items() if x not in AXIS_KEYS}
        super().add_scalars(named, step, file_path, **kwargs)


def _group(name: str) -> str:
    if name.startswith("loss"):
        return "loss"
    return next((group for group, names in _GROUPS.items() if name in names), "model")
