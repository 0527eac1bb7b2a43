"""Timelines and pages that show predictions."""

from .page import PageVideo, write_page
from .timeline import draw_timeline, timeline_figure

__all__ = ["PageVideo", "draw_timeline", "timeline_figure", "write_page"]
