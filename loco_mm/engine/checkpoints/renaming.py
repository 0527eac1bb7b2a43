"""Weights of other code: other names of the same parameters."""

from collections.abc import Mapping

from torch import Tensor

from ...errors import InputError

# Names that a message shows.
SHOWN = 3


def rename_weights(
    weights: Mapping[str, Tensor], rows: Mapping[str, str | None], what: str
) -> dict[str, Tensor]:
    """Weights under the names that they have here, floats in single precision.

    Args:
        weights: By name there.
        rows: By the prefix of names there, the prefix here, or None for what is left
            out. The longest prefix that fits decides.
        what: Start of the message.

    Raises:
        InputError: No row fits some of the names; says the first.
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
