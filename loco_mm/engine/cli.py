"""What the command-line tools share."""

import errno
import pickle
import re
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from ..errors import InputError

# Their components check what a config gives them; anyone else's say so with an InputError.
_OURS = {"loco_mm", "mmaction", "mmcv", "mmengine", "numpy", "torch"} | sys.stdlib_module_names
_BUILD_ERRORS = (ValueError, TypeError, AssertionError, KeyError, RuntimeError)
# The machine's, wherever they arise.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
_WORKER_PREFIX = re.compile(r"^(\w+\.)*InputError: ")
_UNKNOWN_ARGUMENT = re.compile(
    r"(?:(?P<cls>\w+)\.)?__init__\(\) got an unexpected keyword argument '(?P<key>\w+)'"
)


def one_line(error: Exception) -> str | None:
    """The user's message of an error that bad input causes; None for any other error.

    Bad input is an :class:`InputError`, whoever raises it; a file or disk that the system refuses;
    an error of a component of this project or of the toolbox while it is built from the config;
    and a key in the config that a component's constructor does not take. An error in anyone else's
    code is a bug there.
    """
    text = str(error.args[0]) if error.args else str(error)
    if isinstance(error, InputError):
        # A loader process sends its traceback along; the message is its last line.
        return _WORKER_PREFIX.sub("", text.strip().splitlines()[-1])
    if isinstance(error, pickle.UnpicklingError):
        # Of a download; a file's has been told already.
        return "checkpoint refused: it is damaged, or carries code or unknown types"
    if isinstance(error, OSError) and (error.filename or error.errno in _DISK):
        return f"{error.filename or 'the disk'}: {error.strerror}"
    if isinstance(error, ImportError) and text.startswith("loco_mm: "):
        return text
    # MMEngine adds the name of a hook to its TypeError, in a new one.
    while isinstance(error, TypeError) and isinstance(error.__context__, TypeError):
        error = error.__context__
    return _config_error(error, str(error.args[0]) if error.args else str(error))


def _config_error(error: Exception, text: str) -> str | None:
    # Importing them takes seconds, which only a tool that builds has spent already.
    from mmengine.registry import build_from_cfg
    from mmengine.runner import Runner

    builders = (build_from_cfg.__code__, Runner.from_cfg.__func__.__code__)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    builds = [n for n, frame in enumerate(frames) if frame.f_code in builders]
    if not builds:
        return None
    inside = frames[builds[-1] :]
    unknown = _UNKNOWN_ARGUMENT.search(text) if isinstance(error, TypeError) else None
    if unknown and (owner := _owner_of_key(inside, unknown["cls"], unknown["key"])):
        return f"config: {owner} has no key {unknown['key']!r}: correct its name or remove it"
    if not all(_package(frame) in _OURS for frame in inside):
        return None
    if isinstance(error, KeyError) and " is not in the " in text:
        return f"config: type {text.strip().split('. ')[0]}: correct its name"
    if isinstance(error, _BUILD_ERRORS):
        owner = _owner(inside[0])
        said = text.strip().splitlines()[0] if text.strip() else type(error).__name__
        return f"config: {owner} cannot be built: {said} (--traceback shows where)"
    return None


def _owner_of_key(inside: list[FrameType], cls: str | None, key: str) -> str | None:
    """The component that a constructor's unknown key belongs to, where a config gave it.

    By MMEngine itself, or by a class of whose ancestors it is the constructor; not by a call of
    another class that happens inside.
    """
    toolbox = [frame for frame in inside if _package(frame) == "mmengine"]
    values = [value for frame in toolbox for value in frame.f_locals.values()]
    if not any(isinstance(value, dict) and key in value for value in values):
        return None
    built = inside[0].f_locals.get("obj_cls")
    if isinstance(built, type) and cls in {c.__name__ for c in built.__mro__}:
        return built.__name__
    return (cls or "a component") if inside[-1] in toolbox else None


def _package(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "").split(".")[0]


def _owner(frame: FrameType) -> str:
    """The type that a frame of a builder was about to make."""
    kind = frame.f_locals.get("obj_type", "the runner")
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


def run(main: Callable[[], None]) -> None:
    """Run a tool; bad input ends it with one line on stderr and exit status 2.

    With ``--traceback`` among the arguments, with all that Python knows.
    """
    try:
        main()
    except Exception as error:
        message = one_line(error)
        if message is None or "--traceback" in sys.argv:
            raise
        print(f"error: {message}", file=sys.stderr)
        raise SystemExit(2) from None
