"""What the command-line tools share."""

import argparse
import errno
import io
import math
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmengine.config import Config, DictAction

from .._compat import install
from ..errors import InputError
from ..fileio import inputs_kept
from ..text import printable, say
from .processes import leave_group, rank_of_many, report_to_launcher

# The machine's, wherever they arise.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}


def read_options(values: Sequence[str], flag: str = "--cfg-options") -> dict[str, Any]:
    """Values of ``key=value`` arguments, read as MMEngine reads them.

    A tool calls it after it has parsed its arguments: ``--help`` then needs no import of MMEngine.

    Args:
        values: The arguments.
        flag: What they are arguments of, for messages.

    Returns:
        dict: Value by dotted key.

    Raises:
        InputError: One is not in the form that MMEngine reads.
    """
    found = argparse.Namespace(options={})
    parser, action = argparse.ArgumentParser(), DictAction([flag], "options")
    for value in values:
        try:
            action(parser, found, [value])
        except (AssertionError, RecursionError, ValueError) as error:
            raise InputError(
                f"{flag}: expected key=value, where a list is [a,b] and a dict stands key by "
                f"key, as model.head.num_classes=5, got {value}"
            ) from error
    return found.options


def part_config(name: str, values: Sequence[str]) -> dict:
    """The config of a part, of its name and the values of ``--options``."""
    config = Config(dict(type=name))
    config.merge_from_dict(read_options(values, "--options"))
    return config.to_dict()


def finish(summary: str, failed: Mapping[str, str]) -> None:
    """End a tool that goes on after bad files: name them, sum up, and exit with 1 if there are any.

    Args:
        summary: What was done.
        failed: What is wrong, by file.
    """
    for message in failed.values():
        say(f"error: {message}")
    say(summary + (f", {len(failed)} failed" if failed else ""))
    if failed:
        raise SystemExit(1)


def one_line(error: Exception) -> str | None:
    """The user's message of an error that bad input causes; None for any other error.

    Bad input is an :class:`InputError`, whoever raises it, and a file or disk that the system
    refuses.
    """
    text = str(error.args[0]) if error.args else str(error)
    if isinstance(error, InputError):
        # A loader process sends its traceback along, which ends with the name and the message.
        lines = text.strip().splitlines() or ["bad input"]
        sent = lines[-1].partition("InputError: ")[2] if len(lines) > 1 else ""
        return sent or text.strip() or "bad input"
    if isinstance(error, pickle.UnpicklingError):
        # Of a download; a file's has been told already.
        return "checkpoint refused: it is damaged, or carries code or unknown types"
    if isinstance(error, OSError) and (error.filename or error.errno in _DISK):
        return f"{error.filename or 'the disk'}: {error.strerror}"
    if isinstance(error, ImportError) and text.startswith("loco_mm: "):
        return text
    return None


def run(main: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> None:
    """Run a tool; bad input ends it with one line on stderr and exit status 2.

    Args:
        main: The tool.
        args (Namespace): Its arguments; with a true ``traceback``, an error shows where it arose.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may hold what the terminal's encoding does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        install()
        _check_numbers(args)
        with inputs_kept():
            main(args)
        leave_group()
    except Exception as error:
        message, rank = one_line(error), rank_of_many()
        if message is None or args.traceback:
            report_to_launcher(traceback.format_exc(), is_cause=message is not None)
            raise
        line = printable(f"error: {'' if rank is None else f'rank {rank}: '}{message}")
        print(line, file=sys.stderr)
        report_to_launcher(line, is_cause=True)
        raise SystemExit(2) from None


def _check_numbers(args: argparse.Namespace) -> None:
    """What ``type=float`` takes for numbers need not be any."""
    for name, value in vars(args).items():
        for number in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                flag = f"--{name.replace('_', '-')}"
                raise InputError(f"{flag}: expected a finite number, got {number}")
