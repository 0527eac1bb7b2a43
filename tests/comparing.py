"""What tests share: comparing events that rounding may reorder, gradients, configs; processes."""

import os
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from mmengine.config import Config

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
LEAVES = sorted({*CONFIGS.glob("*.py"), *CONFIGS.glob("*/*.py")} - {*CONFIGS.glob("_base_/*")})


def assert_same_events(found, wanted, *, score, segment):
    """Each event of either list has its like in the other, save those that rounding may cut off.

    Of equally good events rounding decides which comes first, and which is the last of a list.

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
    """The last call of a process of several.

    Where it would return, what DistributedDataParallel leaves behind is freed while threads of
    gloo still wait for Python, and both wait for ever, once in some dozens of times.
    """
    dist.destroy_process_group()
    os._exit(0)
