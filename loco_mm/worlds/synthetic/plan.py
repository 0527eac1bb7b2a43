"""Writes a synthetic world to a folder atomically."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np

from ...errors import InputError
from ...fileio import check_folder, file_checksum, locked, writing
from ...text import warn
from .folder import WorldRecord, check_free, put_in_place

_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
P = TypeVar("P", bound="WorldPlan")


class WorldPlan(ABC):
    """A set of files that settings determine."""

    @abstractmethod
    def settings(self) -> dict:
        """All settings that determine the files, in JSON types; given files by checksum."""

    @abstractmethod
    def content(self) -> Any:
        """Content of the world, before its features are generated."""

    @abstractmethod
    def size(self, content: Any) -> int:
        """Total size of the features in bytes."""

    @abstractmethod
    def write_files(
        self, root: Path, wanted: set[str] | None, content: Any, progress: Callable
    ) -> set[str]:
        """Write the given files or, with None, all; return the names of all files.

        Args:
            root: New folder to write to.
            wanted: Names of files, relative to the folder.
            content: Result of :meth:`content`.
            progress: Wraps the videos.
        """

    def write(
        self, root: str | Path, overwrite: bool = False, progress: Callable | None = None
    ) -> int:
        """Write annotations and features to a folder, completely or not at all.

        Missing files of an existing world are written again, with a warning.

        Args:
            root: Folder of the dataset.
            overwrite: Whether to replace another world in the folder: the files in its record, and
                nothing else.
            progress: Wraps the videos to show progress.

        Returns:
            int: Number of files written; 0 if the folder already contains this world.

        Raises:
            InputError: The folder contains something else, or is not writable.
        """
        root = Path(root).resolve()
        wanted = self._wanted(root, overwrite)
        if wanted == set():
            return 0
        # Process ids are not unique if machines share the folder.
        temporary = root.with_name(f".{root.name}.writing.{uuid4().hex}")
        try:
            with writing(root):
                content = self.content()
                if wanted is None:
                    check_folder(root, size=self.size(content))
                names = self.write_files(temporary, wanted, content, progress or iter)
                with locked(root.with_name(f".{root.name}.lock"), "try again", wait=True):
                    return self._put_in_place(temporary, root, overwrite, wanted, names)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _put_in_place(
        self, new: Path, root: Path, overwrite: bool, wanted: set[str] | None, names: set[str]
    ) -> int:
        """Move the written files to their folder; return their number."""
        # Another process may have written them first.
        again = self._wanted(root, overwrite)
        if again == set():
            return 0
        if wanted is not None and again != wanted:
            raise InputError(f"{root}: another process changed the world: try again")
        written = names if wanted is None else names & wanted
        if wanted is not None:
            warn(
                f"{root}: {len(written)} of the world's {len(names)} files are missing, such as "
                f"{min(written)}: written again",
                stacklevel=3,
            )
        put_in_place(new, root, self.settings(), names)
        return len(written)

    def _wanted(self, root: Path, overwrite: bool) -> set[str] | None:
        """Files of an existing world to write again; None for all."""
        record = WorldRecord.read(root)
        if record is None or record.settings != self.settings():
            check_free(root, record, overwrite)
            return None
        return set(record.missing(root)) if record.files else None


def digest(path: str | Path, what: str) -> str:
    """Checksum of a given file.

    Args:
        path: The file.
        what: Description of the file, for messages.
    """
    return f"sha256:{file_checksum(path, what)}"


def make_id(seed: int, key: tuple[int, ...]) -> str:
    """A video id of 11 characters, as on YouTube."""
    letters = np.random.default_rng([seed, 99, *key]).integers(len(_ID_LETTERS), size=11)
    return "".join(_ID_LETTERS[i] for i in letters)


def build_plan(kind: Callable[..., P], world_kind: type, world: Mapping, files: Mapping) -> P:
    """Create a plan from plain dicts, as in configs.

    Args:
        kind (type): Class of the plan.
        world_kind: Class of its world.
        world: Settings of the world.
        files: Settings of the plan other than the world.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    def tuples(settings: Mapping) -> dict:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}

    try:
        return kind(world_kind(**tuples(world)), **tuples(files))
    except TypeError as error:
        raise InputError(f"synthetic world: {error}") from error
