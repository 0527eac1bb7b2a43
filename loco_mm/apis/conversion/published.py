"""Mapping from the parameter names of a system's original code to those of this package."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

Weights = dict[str, Tensor]
# Prefixes of this package by original prefixes; None drops the parameters.
Names = dict[str, str | None]


# Maximum number of layers in a stack, and of levels in a pyramid.
LAYERS = 12


def layers(there: str, here: str, names: Mapping[str, str | None]) -> Names:
    """Names of the parameters in each layer of a stack."""
    return {
        f"{there}{n}.{name}": None if own is None else f"{here}{n}.{own}"
        for n in range(LAYERS)
        for name, own in names.items()
    }


class PublishedSystem(NamedTuple):
    """Rules to convert checkpoints of a system's original code.

    Attributes:
        config: Default config, relative to ``configs``, whose model loads the weights unless they
            have other classes or widths.
        names: Prefixes of this package by original prefixes; None drops the parameters. The longest
            matching prefix is used.
        adapt: Further changes to the renamed weights.
    """

    config: str
    names: Mapping[str, str | None]
    adapt: Callable[[Weights], Weights] | None = None
