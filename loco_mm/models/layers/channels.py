"""Checks the widths of features."""

from torch import Tensor

from ...errors import InputError


def check_channels(slot: str, features: dict[str, Tensor], channels: dict[str, int]) -> None:
    """Compare features with the number of channels that a component expects.

    Args:
        slot: Slot of the component in the model.
        features: (..., D) by modality.
        channels: D by modality.

    Raises:
        InputError: A modality has another number of channels; the message names the config key.
    """
    for name, x in features.items():
        if x.shape[-1] != channels[name]:
            raise InputError(
                f"model.{slot}.{name}_dim: expected {name} features with {channels[name]} "
                f"channels, got {x.shape[-1]}"
            )
