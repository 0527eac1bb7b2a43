"""Keeps details of a run off the console; the log file contains them."""

import logging

# Beginnings of messages.
_FILE_ONLY = (
    "\n" + "-" * 20,  # the system environment
    "Config:\n",
    "Distributed training is not used",
    "Hooks will be executed in the following order",
    "paramwise_options -- ",
    "Exp name: ",
    # Of MMEngine about its own code.
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


def keep_details_in_file(logger: logging.Logger) -> None:
    """Leave out the config, the environment and similar details on the console.

    Args:
        logger: Logger of a run, which also writes a file.
    """
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(
            handler, logging.FileHandler
        ):
            handler.addFilter(_is_shown)


def _is_shown(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_FILE_ONLY)
