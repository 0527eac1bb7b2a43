"""PyAV, imported when it is first used."""

from typing import TYPE_CHECKING

from ..optional import OptionalModule

if TYPE_CHECKING:
    import av
else:
    av = OptionalModule("av", "media")

__all__ = ["av"]
