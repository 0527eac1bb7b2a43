"""A world of short videos with moving shapes and matching sounds."""

from .files import RenderedWorldFiles, make_rendered_plan
from .scenes import RenderedWorld, Scene, Span

__all__ = ["RenderedWorld", "RenderedWorldFiles", "Scene", "Span", "make_rendered_plan"]
