"""Texts that come from files: on a terminal, in Markdown, and as names of files."""

import difflib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Sequence

from .errors import InputError

# Orders to a terminal, line ends, half characters, and what turns the direction of writing.
_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What begins or ends markup inside of a line, and addresses that would become links.
_MARKUP = re.compile(r"[\\`*\[\]<>|&~#$@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.I)


def is_unicode(text: str) -> bool:
    """Whether a text can be written down: JSON may hold half characters, which no file can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def printable(text: str) -> str:
    """A text in one line, its control characters written as in Python: ``\\x1b`` and the like."""
    if text.isprintable():
        return text
    return "".join(_escaped(c) if _is_control(c) else c for c in text)


def suggestion(name: object, known: Iterable[str]) -> str:
    """``, did you mean …?``, or nothing where no known name is close."""
    close = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.75)
    return f", did you mean {close[0]!r}?" if close else ""


def say(text: str) -> None:
    """Print a text in one line, whatever a file says in it."""
    print(printable(text))


def markdown(text: str) -> str:
    """A text inside a line of Markdown, also in a table: none of it is markup, HTML or a link."""
    return _MARKUP.sub(r"\\\g<0>", printable(text))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; cells are Markdown, too."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def is_file_name(text: str) -> bool:
    """Whether a text can be a file's name, or a part of it, in a folder that is given."""
    odd = any(c in "/\\\0" for c in text) or not is_unicode(text)
    return not odd and text not in ("", ".", "..")


def file_name(where: str, name: str, ending: str = "", what: str = "video id") -> str:
    """The name of a file that is called after something, as a video's picture after its id.

    Args:
        where: Where the name comes from, for the message.
        name: An id, or another name that a file or a user gives.
        ending: What follows it in the file's name.
        what: What is called so.

    Returns:
        str: Name and ending: of a file that lies in the folder it is joined to, and nowhere else.

    Raises:
        InputError: The name has path separators, is empty, or no text that a file can hold.
    """
    if not is_file_name(name):
        shown = f"{name[:60]!r}" + ("..." if len(name) > 60 else "")
        raise InputError(f"{where}: {what}: expected a name without path separators, got {shown}")
    return f"{name}{ending}"


def shortened(text: str, length: int) -> str:
    """A printable text of at most that many characters."""
    shown = printable(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def first_line(error: BaseException) -> str:
    """What an error says in its first line, cut where it is long, or else its type."""
    return str(error).partition("\n")[0][:200] or type(error).__name__


def warn(text: str, stacklevel: int = 1) -> None:
    """Warn, with names as text.

    Args:
        text: The warning.
        stacklevel: 1 for the caller, as of :func:`warnings.warn`.
    """
    warnings.warn(printable(text), stacklevel=stacklevel + 1)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CATEGORIES or character in _TURNS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
