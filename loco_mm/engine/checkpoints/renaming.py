"""Weights of other code: other names of the same parameters."""

from collections.abc import Mapping

from torch import Tensor

from ...errors import InputError


def rename_weights(
    weights: Mapping[str, Tensor], rows: Mapping[str, str | None], what: str
) -> dict[str, Tensor]:
    """Weights under the names that they have here, floats in single precision.

    Args:
        weights (Mapping[str, Tensor]): By name there.
        rows (Mapping): By the prefix of names there, the prefix here, or None for what is left
            out. The longest prefix that fits decides.
        what (str): Start of the message.

    Raises:
        InputError: No row fits a name.
    """
    found = {}
    for name, value in weights.items():
        prefix = max((p for p in rows if name.startswith(p)), key=len, default=None)
        if prefix is None:
            raise InputError(
                f"{what}: {name} found, which is none of its parameters: is it of another system, "
                "or setting?"
            )
        here = rows[prefix]
        if here is not None:
            value = value.float() if value.is_floating_point() else value
            found[here + name.removeprefix(prefix)] = value
    return found
