"""A self-contained HTML page with the predictions for videos."""

from .contents import PageVideo
from .page import write_page

__all__ = ["PageVideo", "write_page"]
