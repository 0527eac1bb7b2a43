"""Access of pyramids to an encoder's streams."""

from collections.abc import Mapping

from torch import Tensor

from ...errors import InputError


def only_stream(streams: Mapping[str, Tensor], pyramid: str, encoder: str) -> Tensor:
    """The single stream of an encoder.

    Args:
        streams: Streams by name.
        pyramid: Name of the pyramid, for the message.
        encoder: Name of an encoder with a single stream, for the message.

    Raises:
        InputError: There are several streams.
    """
    if len(streams) != 1:
        raise InputError(
            f"{pyramid}: expected one stream, got {len(streams)} ({', '.join(streams)}): use an "
            f"encoder that joins them, such as {encoder}"
        )
    (x,) = streams.values()
    return x
