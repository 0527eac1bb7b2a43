"""Names that come from files, as text that a terminal, a log or a picture can take."""

import unicodedata
import warnings

# Orders to a terminal, line ends, half characters, and what turns the direction of writing.
_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_unicode(text: str) -> bool:
    """Whether a text can be written down: JSON may hold half characters, which no file can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def printable(text: str) -> str:
    """A text in one line, its control characters written as in Python: ``\\x1b`` and the like."""
    if text.isprintable():
        return text
    return "".join(_escaped(c) if _is_control(c) else c for c in text)


def shortened(text: str, length: int) -> str:
    """A printable text of at most that many characters."""
    shown = printable(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def first_line(error: Exception) -> str:
    """What an error says in its first line, cut where it is long, or else its type."""
    return str(error).partition("\n")[0][:200] or type(error).__name__


def warn(text: str, stacklevel: int = 1) -> None:
    """Warn, with names as text.

    Args:
        text (str): The warning.
        stacklevel (int): 1 for the caller, as of :func:`warnings.warn`.
    """
    warnings.warn(printable(text), stacklevel=stacklevel + 1)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CATEGORIES or character in _TURNS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
