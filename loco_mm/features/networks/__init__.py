"""Networks whose weights exist only for implementations that no kept library has."""

from .i3d import InceptionI3D
from .vggish import VGGish

__all__ = ["InceptionI3D", "VGGish"]
