"""What a hostile file carries."""


class Call:
    """Pickles into a call, which whoever unpickles it makes."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call
