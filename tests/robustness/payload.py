"""Payload of a hostile file."""


class Call:
    """Pickles to a function call, which unpickling executes."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call
