"""Networks whose published weights are for implementations without a maintained library."""

from .efficientnet_lite import EfficientNetLite0
from .i3d import InceptionI3D
from .vggish import VGGish
from .yamnet import YAMNet, yamnet_state

__all__ = ["EfficientNetLite0", "InceptionI3D", "VGGish", "YAMNet", "yamnet_state"]
