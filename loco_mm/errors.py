"""The one error class for bad input."""


class InputError(ValueError):
    """Raised for input that the user can correct: a file, an annotation or a config key.

    The message is one line. It says what was expected, what was found, and which file or config key
    to change. The tools print it without a traceback.

    Attributes:
        key: Dotted config key that the message names, see :func:`loco_mm.registry.building`.
    """

    key: str | None = None
