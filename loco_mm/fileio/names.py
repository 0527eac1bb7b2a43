"""Names that become part of paths."""

from ..errors import InputError
from ..schema import show
from ..text import is_unicode


def check_id(source: str, video_id: str) -> None:
    """Refuse an id that would lead elsewhere as part of a file name.

    Args:
        source (str): Where it comes from, for the message.
        video_id (str): The id.

    Raises:
        InputError: It holds path separators, is empty, or no text that a file can hold.
    """
    odd = any(c in "/\\\0" for c in video_id) or not is_unicode(video_id)
    if odd or video_id in ("", ".", ".."):
        raise InputError(
            f"{source}: video id {show(video_id)} found, an id without path separators expected"
        )
