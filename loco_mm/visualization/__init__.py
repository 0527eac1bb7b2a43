"""Pictures and pages of what a model found."""

from .page import PageVideo, write_page
from .timeline import draw_timeline, timeline_figure

__all__ = ["PageVideo", "draw_timeline", "timeline_figure", "write_page"]
