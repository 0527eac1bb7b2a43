"""A world of short videos with moving shapes or pictures and matching sounds."""

from .content import TUXPAINT, ClassFiles, find_content
from .files import RenderedWorldFiles, make_rendered_plan
from .scenes import RenderedWorld, Scene, Span

__all__ = [
    "TUXPAINT",
    "ClassFiles",
    "RenderedWorld",
    "RenderedWorldFiles",
    "Scene",
    "Span",
    "find_content",
    "make_rendered_plan",
]
