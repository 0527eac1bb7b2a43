"""What a hostile file says where it should have a name, a path or another text."""

from pathlib import Path

# Each leaves a file ``trace`` in the working directory when somebody runs it.
CODE = """'+str(open("trace","w"))+'"""
# MMEngine puts the default of a variable in its place before it parses a config, its backslashes
# halved: the text before it ends there, and what follows is code.
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
