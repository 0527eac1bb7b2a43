"""Converts checkpoints of systems' original code to checkpoints of this package."""

from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ...engine.checkpoints import check_weights, rename_weights
from ...engine.config import load_config
from ...errors import InputError
from ...fileio import as_checkpoint, read_checkpoint
from ...registry import MODELS, build_part
from .anchors import SYSTEMS as ANCHOR_SYSTEMS
from .avel import SYSTEMS as AVEL_SYSTEMS
from .points import SYSTEMS as POINT_SYSTEMS
from .published import PublishedSystem
from .queries import SYSTEMS as QUERY_SYSTEMS

PUBLISHED: dict[str, PublishedSystem] = {
    **POINT_SYSTEMS,
    **QUERY_SYSTEMS,
    **ANCHOR_SYSTEMS,
    **AVEL_SYSTEMS,
}


def convert_weights(
    system: str, weights: Mapping[str, Tensor], model: nn.Module, what: str
) -> dict[str, Tensor]:
    """Convert the weights of a system's original code.

    Args:
        system: One of :data:`PUBLISHED`.
        weights: Weights by their original names.
        model: The model that will load the weights, on any device, including ``'meta'``.
        what: Start of the error message.

    Returns:
        dict[str, Tensor]: Weights by the names of this package, in single precision.

    Raises:
        InputError: The weights are of another system or do not match the model; the message lists
            the first differences.
    """
    _, names, adapt = PUBLISHED[system]
    try:
        found = rename_weights(weights, names, what)
    except InputError as error:
        prefixes = {name: tuple(other.names) for name, other in PUBLISHED.items()}
        whose = [s for s, known in prefixes.items() if all(n.startswith(known) for n in weights)]
        if not whose:
            raise
        raise InputError(f"{error} Its names are those of {', '.join(whose)}") from error
    if adapt is not None:
        found = adapt(found)
    # Convolutions of kernel size 1 are linear layers here, and norms have no time dimension.
    for name, own in model.state_dict().items():
        value = found.get(name)
        if value is not None and _essential(value) == _essential(own):
            found[name] = value.reshape(own.shape)
    check_weights(model, found, what)
    return found


def _essential(tensor: Tensor) -> list[int]:
    """Sizes of a tensor without those of 1."""
    return [size for size in tensor.shape if size > 1]


def convert_checkpoint(system: str, path: str | Path, config: str | Path) -> dict:
    """Convert a checkpoint of a system's original code.

    If the file contains averaged weights (``state_dict_ema``), these are used, as the original code
    does for testing.

    Args:
        system: One of :data:`PUBLISHED`.
        path: The checkpoint, which is read as data only.
        config: Config of the model that will load the weights.

    Returns:
        dict: ``state_dict``, in single precision, and ``meta``.

    Raises:
        InputError: The file is not such a checkpoint, or does not match the config's model.
    """
    content = read_checkpoint(path)
    if isinstance(content, dict) and content.get("state_dict_ema"):
        content = dict(state_dict=content["state_dict_ema"])
    weights = as_checkpoint(content, path)["state_dict"]
    init_default_scope("mmaction")
    with torch.device("meta"):
        model = build_part(MODELS, load_config(str(config)).model, "model")
    what = f"checkpoint {path} as {system} for {config}"
    return dict(
        state_dict=convert_weights(system, weights, model, what), meta=dict(converted_from=system)
    )
