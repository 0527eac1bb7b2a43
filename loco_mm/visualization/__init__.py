"""Pictures of what a model found."""

from .timeline import Event, draw_timeline, timeline_figure

__all__ = ["Event", "draw_timeline", "timeline_figure"]
