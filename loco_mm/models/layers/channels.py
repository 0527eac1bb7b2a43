"""What a part checks of its features."""

from torch import Tensor

from ...errors import InputError


def check_channels(slot: str, features: dict[str, Tensor], channels: dict[str, int]) -> None:
    """Compare features with the widths that a part is built for.

    Args:
        slot: Slot of the model that the part fills.
        features: (..., D) by modality.
        channels: D by modality.

    Raises:
        InputError: One has another width: names it, and the key of the config.
    """
    for name, x in features.items():
        if x.shape[-1] != channels[name]:
            raise InputError(
                f"{name} features have {x.shape[-1]} channels, {channels[name]} expected by "
                f"model.{slot}.{name}_dim"
            )
