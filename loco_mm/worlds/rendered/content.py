"""Real pictures and recordings for a rendered world, from folders."""

from pathlib import Path
from typing import NamedTuple

from ...errors import InputError
from ..synthetic.plan import digest

PICTURES, RECORDINGS = (".png", ".jpg", ".jpeg"), (".wav", ".ogg", ".flac", ".mp3")
# The animals of Debian's package tuxpaint-stamps-default, as a name in place of a folder.
TUXPAINT = "tuxpaint"
_STAMPS = Path("/usr/share/tuxpaint/stamps/animals")


class ClassFiles(NamedTuple):
    """Files of a class.

    Attributes:
        name: Name of the class.
        pictures: Its pictures, at least one.
        recordings: Its recordings, at least one.
    """

    name: str
    pictures: tuple[Path, ...]
    recordings: tuple[Path, ...]

    def digests(self) -> list[str]:
        """Checksums of all files."""
        return [digest(path, f"file of {self.name!r}") for path in self.pictures + self.recordings]


def find_content(folder: str | Path) -> tuple[ClassFiles, ...]:
    """Find the classes of a folder, sorted by name.

    Args:
        folder: Folder with a folder for each class, ``CLASS/*.png`` or ``.jpg`` and
            ``CLASS/*.wav``, ``.ogg``, ``.flac`` or ``.mp3``; or ``'tuxpaint'`` for the animals with
            a picture and a sound in Debian's package ``tuxpaint-stamps-default``.

    Raises:
        InputError: The folder is missing or has no classes, or a class has no picture or recording.
    """
    if str(folder) == TUXPAINT:
        return _tuxpaint()
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"content {folder}: no such folder")
    found = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        pictures, recordings = (_files(path, endings) for endings in (PICTURES, RECORDINGS))
        for files, what, endings in (
            (pictures, "picture", PICTURES),
            (recordings, "recording", RECORDINGS),
        ):
            if not files:
                expected = f"a {what} ({', '.join(endings)})"
                raise InputError(f"content {path}: expected at least {expected}, got none")
        found.append(ClassFiles(path.name, pictures, recordings))
    if len(found) < 2:
        raise InputError(
            f"content {folder}: expected a folder for each of at least two classes, got "
            f"{len(found)}"
        )
    return tuple(found)


def _files(folder: Path, endings: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in endings))


def _tuxpaint() -> tuple[ClassFiles, ...]:
    """Animals whose picture and sound have the same name; spoken names have another."""
    pairs = {path: path.with_suffix(".ogg") for path in sorted(_STAMPS.rglob("*.png"))}
    found = {
        picture.stem.replace("_", " "): (picture, sound)
        for picture, sound in pairs.items()
        if sound.is_file()
    }
    if not found:
        raise InputError(
            f"content {TUXPAINT}: no pictures with sounds in {_STAMPS}. Fix: apt-get install "
            "tuxpaint-stamps-default, or give a folder"
        )
    return tuple(
        ClassFiles(n, (picture,), (sound,)) for n, (picture, sound) in sorted(found.items())
    )
