"""Events that are heard by a pretrained network, without a model for audio-visual events."""

from .audioset import UNAV100_SHARES, UNAV100_SOUNDS, audioset_names
from .heard_events import HeardEvents

__all__ = [
    "UNAV100_SHARES",
    "UNAV100_SOUNDS",
    "HeardEvents",
    "audioset_names",
]
