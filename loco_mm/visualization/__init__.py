"""Pictures of what a model found."""

from .timeline import draw_timeline, timeline_figure

__all__ = ["draw_timeline", "timeline_figure"]
