"""Networks whose published weights are for implementations without a maintained library."""

from .i3d import InceptionI3D
from .vggish import VGGish

__all__ = ["InceptionI3D", "VGGish"]
