"""Names that become part of paths."""

from ..errors import InputError
from ..schema import show
from ..text import is_unicode


def is_file_name(text: str) -> bool:
    """Whether a text can be a file's name, or its beginning, in a folder that is given."""
    odd = any(c in "/\\\0" for c in text) or not is_unicode(text)
    return not odd and text not in ("", ".", "..")


def check_id(source: str, video_id: str) -> None:
    """Refuse an id that would lead elsewhere as part of a file name.

    Args:
        source (str): Where it comes from, for the message.
        video_id (str): The id.

    Raises:
        InputError: It holds path separators, is empty, or no text that a file can hold.
    """
    if not is_file_name(video_id):
        raise InputError(
            f"{source}: video id {show(video_id)} found, an id without path separators expected"
        )
