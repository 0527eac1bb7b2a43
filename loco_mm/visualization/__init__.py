"""Timelines and pages that show predictions."""

from .diagnosis_figure import diagnosis_figure
from .figures import save_figure
from .page import PageVideo, write_page
from .timeline import draw_timeline, timeline_figure

__all__ = [
    "PageVideo",
    "diagnosis_figure",
    "draw_timeline",
    "save_figure",
    "timeline_figure",
    "write_page",
]
