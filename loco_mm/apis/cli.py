"""What the command-line tools share."""

import pickle
import re
import sys
from collections.abc import Callable

from ..errors import InputError

# How MMEngine's registry and torch's loader dress an error that they pass on.
_BUILD_PREFIX = re.compile(r"^(class `\w+` in \S+?\.py: )+")
_WORKER_PREFIX = re.compile(r"^(\w+\.)*InputError: ")
_UNKNOWN_ARGUMENT = re.compile(
    r"(?:(?P<cls>\w+)\.)?__init__\(\) got an unexpected keyword argument '(?P<key>\w+)'"
)


def one_line(error: Exception) -> str | None:
    """The user's message of an error that bad input causes; None for any other error."""
    text = str(error.args[0]) if error.args else str(error)
    if isinstance(error, InputError):
        # A loader process sends its traceback along; the message is its last line.
        last = text.strip().splitlines()[-1]
        return _BUILD_PREFIX.sub("", _WORKER_PREFIX.sub("", last))
    if isinstance(error, TypeError) and (match := _UNKNOWN_ARGUMENT.search(text)):
        owner = match["cls"] or "a component"
        return f"config: {owner} has no key {match['key']!r}: correct its name or remove it"
    if isinstance(error, KeyError) and " is not in the " in text:
        first = _BUILD_PREFIX.sub("", text.strip()).split(". ")[0]
        return f"config: type {first}: correct its name"
    if isinstance(error, pickle.UnpicklingError):
        first = text.strip().splitlines()[0]
        return f"checkpoint refused: it is damaged, or carries code or unknown types: {first}"
    if isinstance(error, ImportError) and text.startswith("loco_mm: "):
        return text
    return None


def run(main: Callable[[], None]) -> None:
    """Run a tool; bad input ends it with one line on stderr and exit status 2."""
    try:
        main()
    except Exception as error:
        message = one_line(error)
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        raise SystemExit(2) from None
