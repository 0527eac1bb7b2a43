"""Prints strings from files safely: on a terminal, in Markdown, and as file names."""

import difflib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Sequence

from .errors import InputError

# Control characters of terminals, line ends, surrogates, and changes of the writing direction.
_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Characters that begin or end inline markup, and URLs that would become links.
_MARKUP = re.compile(r"[\\`*\[\]<>|&~#$@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.I)


def is_unicode(text: str) -> bool:
    """Whether a string can be encoded: JSON may contain lone surrogates, which no file can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def printable(text: str) -> str:
    """A string on one line, with control characters escaped as in Python, such as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(_escaped(c) if _is_control(c) else c for c in text)


def suggestion(name: object, known: Iterable[str]) -> str:
    """``, did you mean …?``, or an empty string if no known name is similar."""
    close = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.75)
    return f", did you mean {close[0]!r}?" if close else ""


def counted(number: int, noun: str) -> str:
    """A number and a noun, in the plural except for 1: ``'1 video'``, ``'2 classes'``."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def say(text: str) -> None:
    """Print a string on one line, with control characters escaped."""
    print(printable(text))


def markdown(text: str) -> str:
    """Escape a string for a line of Markdown or a table cell: no markup, HTML or links."""
    return _MARKUP.sub(r"\\\g<0>", printable(text))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, whose cells are Markdown as well."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def is_file_name(text: str) -> bool:
    """Whether a string can be a file name, or a part of one, within a given folder."""
    odd = any(c in "/\\\0" for c in text) or not is_unicode(text)
    return not odd and text not in ("", ".", "..")


def file_name(where: str, name: str, ending: str = "", what: str = "video id") -> str:
    """Name of a file that is named after something, such as a picture after its video id.

    Args:
        where: Source of the name, for the message.
        name: An id, or another name from a file or a user.
        ending: Appended to the name.
        what: Description of the name, for the message.

    Returns:
        str: Name and ending, which cannot lead out of the folder that it is joined to.

    Raises:
        InputError: The name contains path separators, is empty, or cannot be encoded.
    """
    if not is_file_name(name):
        shown = f"{name[:60]!r}" + ("..." if len(name) > 60 else "")
        raise InputError(f"{where}: {what}: expected a name without path separators, got {shown}")
    return f"{name}{ending}"


def shortened(text: str, length: int) -> str:
    """A printable string with at most the given number of characters."""
    shown = printable(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def first_line(error: BaseException) -> str:
    """First line of an error's message, shortened if it is long; its type if it has none."""
    return str(error).partition("\n")[0][:200] or type(error).__name__


def warn(text: str, stacklevel: int = 1) -> None:
    """Issue a warning with control characters escaped.

    Args:
        text: The warning.
        stacklevel: See :func:`warnings.warn`; 1 is the caller of this function.
    """
    warnings.warn(printable(text), stacklevel=stacklevel + 1)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CATEGORIES or character in _TURNS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
