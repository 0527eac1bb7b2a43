"""Writing a synthetic world to a folder, whole or not at all."""

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
    """What to write: files that follow from settings."""

    @abstractmethod
    def settings(self) -> dict:
        """All that the files follow from, in JSON's types; a given file by its content."""

    @abstractmethod
    def content(self) -> Any:
        """What is in the world, before its features are made."""

    @abstractmethod
    def size(self, content: Any) -> int:
        """Bytes of the features."""

    @abstractmethod
    def write_files(
        self, root: Path, wanted: set[str] | None, content: Any, progress: Callable
    ) -> set[str]:
        """Write some files or, with None, all; returns the names of all.

        Args:
            root: Folder to write to, which is not there yet.
            wanted: Names of files below it.
            content: Of :meth:`content`.
            progress: Wraps the videos.
        """

    def write(
        self, root: str | Path, overwrite: bool = False, progress: Callable | None = None
    ) -> int:
        """Write annotations and features below a folder, whole or not at all.

        Files of this world that are gone are written again, with a warning.

        Args:
            root: Folder of the dataset.
            overwrite: Replace another world that lies there: the files that it lists as
                its own, and nothing else.
            progress: Wraps the videos to show how far it is.

        Returns:
            int: Files written; 0 when this very world lay there already.

        Raises:
            InputError: The folder holds something else, or cannot be written.
        """
        root = Path(root).resolve()
        wanted = self._wanted(root, overwrite)
        if wanted == set():
            return 0
        # Process ids are not enough where machines share the folder.
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
        """Bring what has been written to its folder; returns the number of files."""
        # Another process may have been faster.
        again = self._wanted(root, overwrite)
        if again == set():
            return 0
        if wanted is not None and again != wanted:
            raise InputError(f"{root}: another process changed the world: try again")
        written = names if wanted is None else names & wanted
        if wanted is not None:
            warn(
                f"{root}: {len(written)} of the world's {len(names)} files are gone, as "
                f"{min(written)}: written again",
                stacklevel=3,
            )
        put_in_place(new, root, self.settings(), names)
        return len(written)

    def _wanted(self, root: Path, overwrite: bool) -> set[str] | None:
        """The files to write, of a world that lies there; None for all."""
        record = WorldRecord.read(root)
        if record is None or record.settings != self.settings():
            check_free(root, record, overwrite)
            return None
        return set(record.missing(root)) if record.files else None


def digest(path: str | Path, what: str) -> str:
    """What a given file holds, in short.

    Args:
        path: The file.
        what: What it is, for messages.
    """
    return f"sha256:{file_checksum(path, what)}"


def make_id(seed: int, key: tuple[int, ...]) -> str:
    """An id of 11 letters, in the form of real ones."""
    letters = np.random.default_rng([seed, 99, *key]).integers(len(_ID_LETTERS), size=11)
    return "".join(_ID_LETTERS[i] for i in letters)


def build_plan(kind: Callable[..., P], world_kind: type, world: Mapping, files: Mapping) -> P:
    """A plan from plain dicts, as configs hold them.

    Args:
        kind (type): Class of the plan.
        world_kind: Class of its world.
        world: Settings of the world.
        files: Settings of the plan beside the world.

    Raises:
        InputError: A setting is unknown or out of range.
    """

    def tuples(settings: Mapping) -> dict:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}

    try:
        return kind(world_kind(**tuples(world)), **tuples(files))
    except TypeError as error:
        raise InputError(f"synthetic world: {error}") from error
