"""How a system's own code names its parameters, and what becomes of them here."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

Weights = dict[str, Tensor]
# By the prefix of names there, the prefix here, or None for what is left out.
Names = dict[str, str | None]


# Layers that a stack, and levels that a pyramid, may have.
LAYERS = 12


def layers(there: str, here: str, names: Mapping[str, str | None]) -> Names:
    """Names within each layer of a stack."""
    return {
        f"{there}{n}.{name}": None if own is None else f"{here}{n}.{own}"
        for n in range(LAYERS)
        for name, own in names.items()
    }


class PublishedSystem(NamedTuple):
    """What a checkpoint of a system's own code needs to load here.

    Attributes:
        config: The config, below ``configs``, whose model takes the weights, unless they are
            of other classes or widths.
        names: By the prefix of names there, the prefix here, or None for what is left
            out. The longest prefix that fits decides.
        adapt: What the renamed weights need besides.
    """

    config: str
    names: Mapping[str, str | None]
    adapt: Callable[[Weights], Weights] | None = None
