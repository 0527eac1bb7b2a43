"""Events that are heard by a pretrained network, without a model for audio-visual events."""

from .audioset import UNAV100_SHARES, UNAV100_SOUNDS, audioset_names
from .heard_events import HeardEvents
from .score_events import EventRules, score_events

__all__ = [
    "UNAV100_SHARES",
    "UNAV100_SOUNDS",
    "EventRules",
    "HeardEvents",
    "audioset_names",
    "score_events",
]
