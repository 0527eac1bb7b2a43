"""PyAV, imported when something of it is used first."""

from typing import TYPE_CHECKING

from ..optional import OptionalModule

if TYPE_CHECKING:
    import av
else:
    av = OptionalModule("av", "media")

__all__ = ["av"]
