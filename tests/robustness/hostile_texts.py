"""Strings in a hostile file in place of names, paths and other text."""

from pathlib import Path

# Each creates a file ``trace`` in the working directory if it is executed.
CODE = """'+str(open("trace","w"))+'"""
# Before parsing, MMEngine replaces a variable in a config by its default, with halved backslashes:
# the string before it ends there, and the rest is code.
TEMPLATE = r"""{{$X:a|(\'+str(open("trace","w")),),"dim":322},},#}}"""
FOLDER_TEMPLATE = "{{ fileDirname }}"
CLIMBING = "../../trace"
MARKUP = "</td><img src=x onerror=alert(1)> **b** `c` | [d](https://e.example) ```"
ESCAPE = "\x1b]0;title\x07\x1b[2J\r\n# second line"


def payloads(folder: Path) -> dict[str, str]:
    """All of them by name; the absolute path is of a file in the folder."""
    return dict(
        code=CODE,
        template=TEMPLATE,
        folder_template=FOLDER_TEMPLATE,
        absolute=str(folder / "trace"),
        climbing=CLIMBING,
        markup=MARKUP,
        escape=ESCAPE,
    )


NAMES = list(payloads(Path("/")))
