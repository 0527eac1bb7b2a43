"""Weights and inputs from a fixed rule, with the results of the Table II systems' own code.

``tests/golden/avel`` contains, for each system, the seeds of the rule, names and shapes of its
parameters, and the results of its own code.
"""

import json

import numpy as np
import torch

from loco_mm.tasks import SEGMENTS

from ...comparing import ROOT

FOLDER = ROOT / "tests" / "golden" / "avel"
CLASSES = 28
# Labels of up to eight videos: class of the event, first segment, and the segment after its last.
EVENTS = [
    *[(3, 2, 7), (17, 0, 4), (3, 0, 10), (17, 4, 9)],
    *[(9, 1, 2), (22, 3, 8), (9, 0, 6), (3, 5, 10)],
]


def golden(system):
    return json.loads((FOLDER / f"{system}.json").read_text())


def uniform(seed, shape, low=-1.0):
    return np.random.RandomState(seed).uniform(low, 1.0, shape)


def filled(facts) -> dict[str, torch.Tensor]:
    """The weights, generated from one seed per name in sorted order."""
    shapes = {k: s for k, s in facts["parameters"].items() if k not in facts["not_filled"]}
    weights = {}
    for number, name in enumerate(sorted(shapes)):
        values = uniform(facts["fill_base"] + number, shapes[name])
        if values.ndim > 1:
            values *= np.sqrt(6 / np.prod(values.shape[1:]))
        else:
            values = 0.1 * values + name.endswith((".weight", "running_var"))
        weights[name] = torch.from_numpy(values.astype(np.float32))
    return weights


def maps(seed, shape):
    """(..., 7, 7, 512) visual maps of (...) segments."""
    whole, cells = (
        np.random.RandomState(seed + i).standard_normal((*shape, n, n, 512))
        for i, n in enumerate((1, 7))
    )
    return torch.from_numpy(np.maximum(0, whole + cells).astype(np.float32))


def sounds(seed, shape):
    return torch.from_numpy(uniform(seed, (*shape, 128), low=0.0).astype(np.float32))


def remembered(size) -> dict[str, torch.Tensor]:
    """LESP's memory."""
    scores = -np.sort(-uniform(34, (CLASSES, size), low=0.0), axis=1)
    return {
        "aligned_bank.cls_v_queue": maps(32, (CLASSES, size)),
        "aligned_bank.cls_a_queue": sounds(31, (CLASSES, size)),
        "aligned_bank.cls_sc_queue": torch.from_numpy(scores.astype(np.float32)),
    }


def batch(facts, size, dtype, proportion=False):
    """Inputs of the model, and data samples."""
    seed = facts["input_seed"]
    inputs = dict(
        visual=maps(seed + 1, (size, 10)).to(dtype),
        audio=sounds(seed, (size, 10)).to(dtype),
        mask=torch.ones(size, 10, dtype=torch.bool),
    )
    samples = []
    for number, (label, start, end) in enumerate(EVENTS[:size]):
        step = np.arange(10)
        labels = np.where((step >= start) & (step < end), label, CLASSES)
        shares = np.eye(CLASSES + 1)
        video = shares[labels].mean(0) if proportion else shares[label]
        samples.append(SEGMENTS.sample("v", number, segment_labels=labels, video_label=video))
    return inputs, samples
