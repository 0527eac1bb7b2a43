"""The one error class for bad input."""


class InputError(ValueError):
    """Raised for input that a user can put right: a file, an annotation or a config key.

    The message is one line and says what was expected, what was found, and which file or
    config key to change. The tools print it without a traceback.

    Attributes:
        key: Dotted key of a config that the message names, see
            :func:`loco_mm.registry.building`.
    """

    key: str | None = None
