"""Helpers of tests: comparison of events, gradients and configs; memory; distributed processes."""

import copy
import json
import os
import sys
from functools import cache
from pathlib import Path
from types import NoneType
from typing import NamedTuple

import numpy as np
import torch
import torch.distributed as dist
from mmengine.config import Config

from loco_mm.apis import load_config
from loco_mm.testing import shrink_model

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
GOLDEN = ROOT / "tests" / "golden" / "models.json"
# Module that one of the examples imports.
sys.path.append(str(CONFIGS / "examples" / "own_head"))
# Names of :func:`tiny_models`, as in the golden file. Computing them again takes seconds.
STRUCTURES = tuple(json.loads(GOLDEN.read_text()))
LEAVES = sorted({*CONFIGS.glob("*.py"), *CONFIGS.glob("*/*.py")} - {*CONFIGS.glob("_base_/*")})


@cache
def _read(leaf):
    return load_config(str(leaf))


def leaf_config(leaf):
    """A shipped config, which is read only once."""
    return copy.deepcopy(_read(leaf))


class Positives(NamedTuple):
    """The positives of a batch, in order of sample, point and entry."""

    sample: torch.Tensor
    point: torch.Tensor
    label: torch.Tensor
    segments: torch.Tensor


def positives(targets):
    """The positives among the entries of :class:`PointTargets`."""
    chosen = targets.positive
    sample, point, _ = chosen.nonzero(as_tuple=True)
    return Positives(sample, point, targets.label[chosen], targets.segments[chosen])


def main_dataset(loader):
    """Config of a loader's dataset; for several tasks, that of the first."""
    return next(iter(loader.dataset.get("datasets", {}).values()), loader.dataset)


@cache
def tiny_models():
    """Tiny models of the configs by name, one for each structure. They must not be changed.

    Configs that differ only in numbers are represented by the one with the shortest name.
    """
    found = {}
    for leaf in sorted(LEAVES, key=lambda leaf: (len(leaf.stem), leaf.stem)):
        model = shrink_model(leaf_config(leaf).model)
        found.setdefault(_structure(model), (leaf.stem, model))
    return dict(found.values())


def _structure(node):
    """A config without its numbers."""
    if isinstance(node, dict):
        return tuple(sorted((key, _structure(value)) for key, value in node.items()))
    if isinstance(node, (list, tuple)):
        return tuple(map(_structure, node))
    return node if isinstance(node, (bool, str, NoneType)) else "number"


def events_of(path):
    """Events (segment, label, score) of each video in a file of predictions."""
    results = json.loads(path.read_text())["results"]
    return {
        name: [(row["segment"], row["label"], row["score"]) for row in rows]
        for name, rows in results.items()
    }


def assert_same_events(found, wanted, *, score, segment):
    """Assert that two lists of events agree, except for events near the limits of the list.

    Rounding determines the order of events with nearly equal scores, and which is the last one.

    Args:
        found, wanted (list[tuple]): (segment [start, end], label, score) each, best first.
        score (float): Tolerance of scores.
        segment (float): Tolerance of starts and ends.
    """
    cut = max((rows[-1][2] for rows in (found, wanted) if rows), default=0.0) + score
    for mine, theirs in ((found, wanted), (wanted, found)):
        safe = [row for row in mine if row[2] > cut]
        assert len(safe) >= 0.5 * len(mine), f"only {len(safe)} of {len(mine)} are above the cut"
        for row in safe:
            like = (
                other[1] == row[1]
                and abs(other[2] - row[2]) <= score
                and all(abs(a - b) <= segment for a, b in zip(other[0], row[0], strict=True))
                for other in theirs
            )
            assert any(like), f"{row} has no like"


def relative_error(found: torch.Tensor, wanted: np.ndarray) -> float:
    wanted = torch.as_tensor(wanted)
    return float((found - wanted).abs().max() / wanted.abs().max())


def flat(node, name=""):
    """Values of a config, or of nested dicts and lists, by dotted key."""
    items = node.items() if isinstance(node, (dict, Config)) else enumerate(node)
    found = {}
    for key, value in items:
        nested = isinstance(value, (dict, list, tuple))
        found |= flat(value, f"{name}{key}.") if nested else {f"{name}{key}": value}
    return found


def leave_processes():
    """Exit a distributed process; the last call.

    If it returned instead, objects left by DistributedDataParallel would be freed while threads of
    gloo wait for Python's lock, which causes a deadlock once in a few dozen runs.
    """
    dist.destroy_process_group()
    os._exit(0)
