"""A world of short real videos: shapes that move, and sounds that belong to them."""

from .files import RenderedWorldFiles, make_rendered_plan
from .scenes import RenderedWorld, Scene, Span

__all__ = ["RenderedWorld", "RenderedWorldFiles", "Scene", "Span", "make_rendered_plan"]
