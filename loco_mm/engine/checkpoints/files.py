"""The checkpoint files in the folder of a run."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from mmengine.hooks import CheckpointHook

from ...errors import InputError
from ...fileio import read_checkpoint

# Always the best checkpoint of the newest training in a folder, whose own name has the epoch.
BEST_FILE = "best.pth"


class CheckpointFile(NamedTuple):
    """A readable checkpoint file.

    Attributes:
        path: Path of the file.
        meta: Its ``meta`` entry.
        parts: Names of its top-level entries.
    """

    path: Path
    meta: dict
    parts: frozenset[str]

    @property
    def age(self) -> tuple[str, int]:
        """Sort key by time of saving; file times are lost when files are copied."""
        iteration = self.meta.get("iter")
        return str(self.meta.get("time", "")), iteration if isinstance(iteration, int) else -1


def checkpoint_folder(work_dir: str | Path, hooks: Mapping | Iterable | None) -> Path:
    """Folder in which a run saves its checkpoints.

    Args:
        work_dir: Work dir of the run.
        hooks: The config's ``default_hooks``, or built hooks.
    """
    if isinstance(hooks, Mapping):
        hook = hooks.get("checkpoint")
        out_dir = hook.get("out_dir") if isinstance(hook, Mapping) else None
    else:
        found = [hook for hook in hooks or () if isinstance(hook, CheckpointHook)]
        out_dir = found[0].out_dir if found else None
    if out_dir is None or os.path.abspath(out_dir) == os.path.abspath(work_dir):
        return Path(work_dir)
    return Path(out_dir) / os.path.basename(os.path.abspath(work_dir))


def list_checkpoints(folder: Path) -> tuple[list[CheckpointFile], list[str]]:
    """List the checkpoints of a folder. Only the index of each file is read.

    Returns:
        tuple[list[CheckpointFile], list[str]]: The readable checkpoints, and for each other file
        the reason why it cannot be read.
    """
    files, unreadable = [], []
    for path in sorted(folder.glob("*.pth")):
        if path.name == BEST_FILE:
            continue  # one of the others
        try:
            content = read_checkpoint(path, mapped=True)
        except InputError as error:
            unreadable.append(str(error))
            continue
        content = content if isinstance(content, dict) else {}
        meta = content.get("meta")
        parts = frozenset(key for key in content if isinstance(key, str))
        files.append(CheckpointFile(path, meta if isinstance(meta, dict) else {}, parts))
    return files, unreadable


def chosen_checkpoint(path: str | Path) -> str | Path:
    """Choose the checkpoint of a work dir: the best one of its newest training, else the last one.

    Args:
        path: Checkpoint file, URL, or work dir.

    Returns:
        str | Path: The checkpoint file in the work dir; other paths as given.

    Raises:
        InputError: The folder has no readable checkpoint.
    """
    folder = Path(path)
    if not folder.is_dir():
        return path
    files, unreadable = list_checkpoints(folder)
    link = folder / BEST_FILE
    if not files and link.is_file():
        return link  # a copy of it alone
    if not files:
        found = "; ".join(unreadable) or "none"
        raise InputError(f"checkpoint {path}: expected *.pth files in this folder, got {found}")
    newest = max(files, key=lambda file: file.age)
    best = [
        file
        for file in files
        if file.meta.get("best") and file.meta.get("run_id") == newest.meta.get("run_id")
    ]
    linked = [file for file in best if link.exists() and file.path.samefile(link)]
    return max(linked or best or [newest], key=lambda file: file.age).path


def newest_checkpoint(folder: Path) -> tuple[Path, list[str]]:
    """Find the newest checkpoint that a run can be resumed from.

    Args:
        folder: Folder with the run's checkpoints.

    Returns:
        tuple[Path, list[str]]: The file, and for each unreadable file the reason.

    Raises:
        InputError: There is no such checkpoint.
    """
    hint = "give the right --work-dir, or leave out --resume to train from the start"
    if not folder.is_dir():
        raise InputError(f"--resume: {folder}: no such folder: {hint}")
    files, unreadable = list_checkpoints(folder)
    whole = [file for file in files if {"meta", "message_hub", "optimizer"} <= file.parts]
    if not whole:
        reasons = [*unreadable, *(f"{file.path.name} holds weights only" for file in files)]
        text = "; ".join(reasons) or "it holds no checkpoint"
        raise InputError(f"--resume: {folder}: no checkpoint to resume from: {text}: {hint}")
    return max(whole, key=lambda file: file.age).path, unreadable
