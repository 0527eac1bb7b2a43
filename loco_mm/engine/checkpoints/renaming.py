"""Renames the weights of other code to the parameter names of this package."""

from collections.abc import Mapping

from torch import Tensor

from ...errors import InputError

# Maximum number of names in a message.
SHOWN = 3


def rename_weights(
    weights: Mapping[str, Tensor], rows: Mapping[str, str | None], what: str
) -> dict[str, Tensor]:
    """Rename weights, and convert floating-point weights to single precision.

    Args:
        weights: Weights by their original names.
        rows: Prefixes of original names and their replacements; None drops the weights. The longest
            matching prefix is used.
        what: Start of the error message.

    Raises:
        InputError: Some names match no row; the message lists the first ones.
    """
    found, unknown = {}, []
    for name, value in weights.items():
        prefix = max((p for p in rows if name.startswith(p)), key=len, default=None)
        if prefix is None:
            unknown.append(name)
        elif (here := rows[prefix]) is not None:
            value = value.float() if value.is_floating_point() else value
            found[here + name.removeprefix(prefix)] = value
    if unknown:
        first = ", ".join(unknown[:SHOWN]) + (", ..." if len(unknown) > SHOWN else "")
        raise InputError(
            f"{what}: {len(unknown)} of {len(weights)} entries are none of its parameters: "
            f"{first}: is it a checkpoint of another system or setting?"
        )
    return found
