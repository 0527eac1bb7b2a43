"""The folder of a synthetic world: record of its files, missing files, and replacement."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import NonNegativeInt, TypeAdapter

from ...errors import InputError
from ...fileio import read_json, write_json
from ...schema import Schema, conform
from ...text import is_unicode

WORLD_FILE = "world.json"


class _Record(Schema):
    settings: dict[str, Any]
    files: dict[str, NonNegativeInt | None]


_RECORD = TypeAdapter(_Record)


@dataclass(frozen=True)
class WorldRecord:
    """Record of the files in a folder, stored as ``world.json``.

    Args:
        settings: All settings that determine the files.
        files: Size in bytes by path relative to the folder; None for a file that must be written
            again, as a replacement was interrupted.
    """

    settings: dict
    files: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> "WorldRecord | None":
        """Read the record of a folder; None if there is none.

        Raises:
            InputError: The record is damaged, or lists a path outside the folder.
        """
        path = root / WORLD_FILE
        if not os.path.exists(path):
            return None
        try:
            content = read_json(path, _WHAT)
            if "settings" not in content:
                # Early versions stored only the settings.
                return cls(content)
            record = conform(_RECORD, content, f"{_WHAT} {path}")
        except InputError as error:
            raise InputError(f"{error}: {_REMOVE}") from error
        if not all(map(_is_inside, record.files)):
            raise InputError(f"{path}: 'files' lists no paths below the folder: {_REMOVE}")
        return cls(record.settings, record.files)

    @classmethod
    def of(cls, root: Path, settings: dict, names: Iterable[str]) -> "WorldRecord":
        """Create the record of existing files."""
        return cls(settings, {name: (root / name).stat().st_size for name in sorted(names)})

    def write(self, root: Path) -> None:
        """Write ``world.json``."""
        write_json(root / WORLD_FILE, dict(settings=self.settings, files=self.files), own=True)

    def missing(self, root: Path) -> list[str]:
        """Files that must be written again.

        Args:
            root: The folder.

        Raises:
            InputError: A file exists, but has been changed.
        """
        missing, changed = [], []
        for name, size in self.files.items():
            path = root / name
            if size is None or not path.exists():
                missing.append(name)
            elif size != path.stat().st_size:
                changed.append(name)
        if changed:
            raise InputError(
                f"{root}: {len(changed)} files of the world have been changed, the first is "
                f"{changed[0]}: remove them to have them written again"
            )
        return missing


_WHAT = "record of a synthetic world"
_REMOVE = "remove the folder yourself, or choose another"


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and name not in ("", WORLD_FILE)
    return inside and "\0" not in name and is_unicode(name)


def check_free(root: Path, record: WorldRecord | None, overwrite: bool) -> None:
    """Refuse a folder that must not be written to. Only a synthetic world is ever replaced.

    Args:
        root: The folder, which need not exist.
        record: Record of the folder.
        overwrite: Whether another world may be replaced.

    Raises:
        InputError: The folder contains something else.
    """
    if not root.exists():
        return
    if not root.is_dir():
        raise InputError(f"{root}: expected a folder, got a file: choose another")
    if not any(root.iterdir()):
        return
    if record is None:
        raise InputError(f"{root}: not empty, and not a synthetic world: choose another folder")
    if not overwrite:
        raise InputError(
            f"{root}: not empty, and not this world: choose another folder, or --overwrite"
        )
    if not record.files:
        raise InputError(f"{root}: its {WORLD_FILE} lists no files: {_REMOVE}")


def put_in_place(new: Path, root: Path, settings: dict, names: set[str]) -> None:
    """Move a world's files to its folder, and remove the files of a previous world.

    Files that neither world lists are not touched. If interrupted, the record left behind makes all
    files be written again.

    Args:
        new: Folder on the same file system with the files to move: all files if ``root`` contains
            no world, otherwise those to be replaced.
        root: The folder.
        settings: All settings that determine the files.
        names: Names of all files of the world.

    Raises:
        InputError: A file of that name exists which the previous world does not list.
    """
    old = WorldRecord.read(root)
    if old is None:
        WorldRecord.of(new, settings, names).write(new)
        os.replace(new, root)
        return
    brought = [name for name in names if (new / name).is_file()]
    for name in brought:
        if old.settings != settings and name not in old.files and (root / name).exists():
            raise InputError(f"{root / name}: exists, but is not a file of the world: move it")
    WorldRecord(settings, dict.fromkeys([*old.files, *names])).write(root)
    for name in brought:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(new / name, root / name)
    for name in old.files.keys() - names:
        _remove(root, name)
    WorldRecord.of(root, settings, names).write(root)


def _remove(root: Path, name: str) -> None:
    """Remove a file that a record lists, but not the target of a symbolic link."""
    path = root / name
    if path.parent.resolve() != root.resolve() / PurePosixPath(name).parent:
        return
    if path.is_file() or path.is_symlink():
        path.unlink()
    # Empty folders are removed as well.
    for folder in path.parents:
        if folder == root or not folder.is_dir() or any(folder.iterdir()):
            break
        folder.rmdir()
