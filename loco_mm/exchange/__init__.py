"""Events in the formats of other programs: annotators, editors, players, and other tasks."""

from .activitynet import read_activitynet
from .annotations import AnnotationFile, Split, as_annotation_file
from .formats import FORMATS, format_of, read_events
from .table import EventTable, NamedEvent, VideoEvents, file_of
from .tables import read_table, write_csv

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
