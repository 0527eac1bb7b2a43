"""Helpers that the command-line tools share."""

import argparse
import errno
import io
import math
import pickle
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction

from .._compat import install
from ..errors import InputError
from ..fileio import inputs_kept
from ..text import printable, say
from .processes import close_process_group, launcher_rank, report_to_launcher

# Errors of the operating system, wherever they arise.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}


def read_options(values: Sequence[str], flag: str = "--cfg-options") -> dict[str, Any]:
    """Parse ``key=value`` arguments as MMEngine does.

    Tools call it after parsing their arguments, so that ``--help`` does not import MMEngine.

    Args:
        values: The ``key=value`` arguments.
        flag: Name of the option, for messages.

    Returns:
        dict: Values by dotted key.

    Raises:
        InputError: An argument is not in MMEngine's form.
    """
    found = argparse.Namespace(options={})
    parser, action = argparse.ArgumentParser(), DictAction([flag], "options")
    for value in values:
        try:
            action(parser, found, [value])
        except (AssertionError, RecursionError, ValueError) as error:
            raise InputError(
                f"{flag}: expected key=value, with lists as [a,b] and dicts key by key, such as "
                f"model.head.num_classes=5, got {value}"
            ) from error
    return found.options


def part_config(name: str, values: Sequence[str]) -> dict:
    """Config of a part, from its type and the values of ``--options``."""
    config = Config(dict(type=name))
    config.merge_from_dict(read_options(values, "--options"))
    return config.to_dict()


def window_options(text: str) -> dict[str, int]:
    """Options of :class:`SlidingWindows` from ``SIZE`` or ``SIZE:OVERLAP``, in steps.

    Raises:
        InputError: The text has another form.
    """
    names, values = ("size", "overlap"), text.split(":")
    if len(values) > len(names) or not all(value.isdecimal() for value in values):
        raise InputError(f"--windows: expected SIZE or SIZE:OVERLAP in steps, got {text}")
    return dict(zip(names, map(int, values), strict=False))


def named(what: str, values: Sequence[str], names: Sequence[str] | None) -> dict[str, str]:
    """Arguments by name; by default, the name of an argument is itself.

    Args:
        what: What the arguments are, for the message.
        values: The arguments.
        names: Value of ``--names``.

    Raises:
        InputError: The numbers differ, or two names are equal.
    """
    names = list(values) if names is None else names
    if len(names) != len(values):
        raise InputError(
            f"--names: expected {len(values)} names, one for each of the {what}, got {len(names)}"
        )
    if len(set(names)) != len(names):
        raise InputError(
            f"--names: expected a different name for each of the {what}, got {' '.join(names)}"
        )
    return dict(zip(names, values, strict=True))


def finish(summary: str, failed: Mapping[str, str]) -> None:
    """Print the errors and the summary of a tool that continues after bad files.

    Exits with status 1 if there are errors.

    Args:
        summary: Summary of the finished work.
        failed: Error message by file.
    """
    for message in failed.values():
        say(f"error: {message}")
    say(summary + (f", {len(failed)} failed" if failed else ""))
    if failed:
        raise SystemExit(1)


def one_line(error: Exception) -> str | None:
    """One-line message of an error that is caused by bad input; None for any other error.

    Such errors are :class:`InputError`, and files or disks that the operating system refuses.
    """
    text = str(error.args[0]) if error.args else str(error)
    if isinstance(error, InputError):
        # The error of a worker contains its traceback, which ends with class name and message.
        lines = text.strip().splitlines() or ["bad input"]
        sent = lines[-1].partition("InputError: ")[2] if len(lines) > 1 else ""
        return sent or text.strip() or "bad input"
    if isinstance(error, pickle.UnpicklingError):
        # Of a download; messages about local files are raised where they are read.
        return "checkpoint refused: it is damaged, or contains code or unknown types"
    if isinstance(error, OSError) and (error.filename or error.errno in _DISK):
        return f"{error.filename or 'the disk'}: {error.strerror}"
    if isinstance(error, ImportError) and text.startswith("loco_mm: "):
        return text
    return None


def run(main: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> None:
    """Run a tool. Bad input ends it with one line on stderr and exit status 2.

    Args:
        main: Main function of the tool.
        args (Namespace): Its arguments. If ``traceback`` is true, errors show their traceback.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may contain characters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        install()
        _check_numbers(args)
        with inputs_kept():
            main(args)
        close_process_group()
    except Exception as error:
        message, rank = one_line(error), launcher_rank()
        if message is None or args.traceback:
            report_to_launcher(traceback.format_exc(), is_cause=message is not None)
            raise
        message = _with_flag(message, args)
        line = printable(f"error: {'' if rank is None else f'rank {rank}: '}{message}")
        print(line, file=sys.stderr)
        report_to_launcher(line, is_cause=True)
        raise SystemExit(2) from None


# Functions whose arguments have the names of the tools' options.
_FUNCTIONS = "init_model|write_page|AVEventInferencer|HeardEvents"


def _with_flag(message: str, args: argparse.Namespace) -> str:
    """Name the option of a tool instead of the argument of the function that got its value."""
    match = re.match(rf"(?:{_FUNCTIONS})\.(\w+)(?=: )", message)
    if match is None or not hasattr(args, match[1]):
        return message
    return f"--{match[1].replace('_', '-')}{message[match.end() :]}"


def _check_numbers(args: argparse.Namespace) -> None:
    """``type=float`` accepts NaN and infinity; refuse them."""
    for name, value in vars(args).items():
        for number in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"{flag}: expected a finite number, got {number}")
