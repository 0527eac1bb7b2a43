"""Event formats of other programs: annotation tools, editors, players, and other tasks."""

from ..fileio import (
    AnnotationFile,
    EventTable,
    NamedEvent,
    Split,
    VideoEvents,
    as_annotation_file,
    file_of,
    read_activitynet,
    read_table,
    write_csv,
)
from .formats import FORMATS, format_of, read_events

__all__ = [
    "FORMATS",
    "AnnotationFile",
    "EventTable",
    "NamedEvent",
    "Split",
    "VideoEvents",
    "as_annotation_file",
    "file_of",
    "format_of",
    "read_activitynet",
    "read_events",
    "read_table",
    "write_csv",
]
