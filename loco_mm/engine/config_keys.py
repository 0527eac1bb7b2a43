"""Keys of configs: whether they are known, and which is meant."""

import difflib
from collections.abc import Iterable
from typing import Any

from mmengine.config import Config

from ..errors import InputError
from ..text import printable


def suggestion(key: Any, candidates: Iterable[str], cutoff: float = 0.75) -> str:
    """``, did you mean …?``, or nothing where no candidate is close."""
    close = difflib.get_close_matches(str(key), sorted(candidates), n=1, cutoff=cutoff)
    return f", did you mean {close[0]!r}?" if close else ""


def node_at(content: Any, place: str) -> Any:
    """What stands at a dotted key, or an empty dict."""
    for key in place.split("."):
        content = content.get(key) if isinstance(content, (dict, Config)) else None
    return content if isinstance(content, dict) else {}


def check_keys(path: str, where: str, found: dict, known: Iterable[str]) -> None:
    """Refuse keys that are not known.

    Raises:
        InputError: Names the first, and a known one that is close.
    """
    known = set(known)
    for key in found:
        if key not in known | {"type", "_scope_"}:
            close = (
                suggestion(key, known) or f", keys are {', '.join(sorted(known)[:12]) or 'none'}"
            )
            place = printable(f"{where}.{key}")
            raise InputError(f"config {path}: unknown key {place}{close}")
