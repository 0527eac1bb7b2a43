"""One self-contained HTML page of what was found in videos."""

from .contents import PageVideo
from .page import write_page

__all__ = ["PageVideo", "write_page"]
