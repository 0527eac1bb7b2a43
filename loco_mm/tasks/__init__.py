"""Tasks, which define what a model predicts for a video."""

from .base_task import Task
from .event_localization import EventLocalization
from .segment_labelling import SegmentLabelling

EVENTS = EventLocalization()
SEGMENTS = SegmentLabelling()

__all__ = ["EVENTS", "SEGMENTS", "EventLocalization", "SegmentLabelling", "Task"]
