"""Records of runs: what was run, with which code, and the results."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from ...fileio import read_json
from ...schema import conform

RECORD_FILE = "run.json"


class Record(NamedTuple):
    """What is known about a run; it is written to ``run.json`` in its folder.

    Attributes:
        config: Path of the config, relative to the project.
        options: ``key=value`` pairs for the config.
        config_hash: Hash of the whole config without the seed.
        commit: Commit of the project, see :func:`current_commit`.
        seed: The seed.
        seconds: Duration of the training so far, including validation.
        figures: Test metrics by name, as fractions, of the checkpoint that is best on validation;
            for multi-task models, those of the first task. Empty until the run is finished.
        checkpoint: Name of the tested checkpoint.
        predictions: Name of the file with its predictions for the test split, in ActivityNet form.
        num_params: Number of parameters.
        macs: Multiply-accumulates for one video, see :class:`Complexity`.
    """

    config: str
    options: list[str]
    config_hash: str
    commit: str
    seed: int
    seconds: float = 0.0
    figures: dict[str, float] = {}
    checkpoint: str = ""
    predictions: str = ""
    num_params: int = 0
    macs: int = 0


_RECORD = TypeAdapter(Record)
_FIGURES = TypeAdapter(dict[str, float])


def read_record(path: Path) -> Record:
    """Read the record of a run.

    Raises:
        InputError: The file is missing or malformed.
    """
    return conform(_RECORD, read_json(path, "run"), f"run {path}")


@cache
def current_commit(root: Path) -> str:
    """Abbreviated commit of the project, followed by a hash of its uncommitted changes if any."""

    def git(*arguments: str) -> bytes:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, check=True).stdout

    try:
        commit, changes = (
            git("rev-parse", "--short=12", "HEAD").decode().strip(),
            git("diff", "HEAD"),
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+{hashlib.sha256(changes).hexdigest()[:8]}" if changes else commit


def read_figures(path: Path) -> dict[str, float]:
    """Read the metrics that a test has written.

    Returns:
        dict: Metrics of the first dataset or task, without its prefix.

    Raises:
        InputError: The file is missing or malformed.
    """
    tested = conform(_FIGURES, read_json(path, "figures"), f"figures {path}")
    first = next((key for key in tested if "/" in key), "").split("/")[0] + "/"
    return {key.removeprefix(first): tested[key] for key in tested if key.startswith(first)}
