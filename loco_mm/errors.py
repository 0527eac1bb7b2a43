"""The one error class for bad input."""


class InputError(ValueError):
    """Raised for input that a user can put right: a file, an annotation or a config key.

    The message is one line and says what was found, what was expected, and which file or
    config key to change. The tools print it without a traceback.
    """
