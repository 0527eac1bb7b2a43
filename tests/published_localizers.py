"""Weights, inputs and results of localization systems, in the form of their own code.

A case is a JSON file: how that code was built, names and shapes of its parameters, its complexity,
and its results, of which large ones contain only 200 entries. Weights and inputs follow a fixed
rule. The cases in ``tests/golden/localizers`` are results of this project; those of the systems'
own code are shared data beside the checkout, with outputs in an NPZ file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from loco_mm.apis.conversion import PUBLISHED, convert_weights
from loco_mm.models.heads import PointPredictions
from loco_mm.models.systems import TridentScores
from loco_mm.registry import MODELS
from loco_mm.structures import Events
from loco_mm.tasks import EVENTS

from .comparing import ROOT
from .published_sizes import SIZED, widths

FOLDER = ROOT / "tests" / "golden" / "localizers"
ENTRIES = 200


def uniform(stream: int, count: int) -> np.ndarray:
    """Numbers in [-1, 1): splitmix64 of the index in the stream."""
    with np.errstate(over="ignore"):
        x = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream) * np.uint64(1 << 32)
        x *= np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        x ^= x >> np.uint64(31)
    return 2 * (x >> np.uint64(11)).astype(np.float64) * 2.0**-53 - 1


# Centre and half width by kind of tensor; for matrices, divided by the root of the fan-in.
KINDS = dict(bias=(0, 0.1), gain=(1, 0.2), offset_bias=(0.6, 0.1), embed=(0, 1))
KINDS |= dict(sampling_bias=(0, 3), logit_scale=(2.65926, 0.1), text_matrix=(0, np.sqrt(3)))
MATRICES = dict(matrix=1.0, matrix_half=0.5, matrix_tenth=0.1)


def weight(stream: int, shape: list[int], kind: str) -> torch.Tensor:
    count = int(np.prod(shape))
    if kind in MATRICES:
        centre, width = 0, MATRICES[kind] * np.sqrt(3 / (count // shape[0]))
    else:
        centre, width = KINDS[kind]
    values = centre + width * uniform(stream, count)
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def class_embeddings(task: int, num_classes: int) -> np.ndarray:
    """(C, 1536) embeddings of the classes of a task."""
    values = uniform(2_000_000 + task, num_classes * 1536) * np.sqrt(3 / 1536)
    return values.astype(np.float32).reshape(num_classes, 1536)


def features(modality: int, sample: int, channels: int, steps: int) -> torch.Tensor:
    """(T, D) of a video."""
    values = uniform(1_000_000 + 1000 * modality + sample, channels * steps) * np.sqrt(3)
    return torch.from_numpy(values.astype(np.float32).reshape(channels, steps).T.copy())


def _rows(value: Any) -> str:
    """JSON with one line per entry of long lists."""
    text = json.dumps(value)
    if not isinstance(value, (dict, list)) or len(value) <= 20:
        return text
    rows = [json.dumps(row) for row in value]
    if isinstance(value, dict):
        rows = [f"{key}: {json.dumps(row)}" for key, row in zip(rows, value.values(), strict=True)]
    return f"{text[0]}\n" + ",\n".join(rows) + f"\n{text[-1]}"


@dataclass
class Case:
    """A case and its model."""

    path: Path
    facts: dict[str, Any]
    outputs: Any

    @classmethod
    def read(cls, path: Path) -> "Case":
        outputs = path.with_suffix(".npz")
        facts = json.loads(path.read_text())
        if tasks := facts["constructor"].get("task_cfg"):
            # UniAV: the task of audio-visual events.
            (task,) = (task for task in tasks.values() if task["task_type"] == "AVEL")
            facts["constructor"] |= task["dataset"]
        return cls(path, facts, np.load(outputs) if outputs.is_file() else None)

    def update(self, outputs: dict[str, torch.Tensor], **facts: Any) -> None:
        """Replace the results, with summaries of large outputs."""
        results: dict[str, Any] = {}
        for name, value in outputs.items():
            if value.dtype == torch.bool:
                results[f"{name}/count"] = [int(value.sum()), value.numel()]
                continue
            stats, entries = summary(value)
            results[f"{name}/stats"] = [float(f"{x:.7g}") for x in stats]
            results[f"{name}/entries"] = [float(f"{x:.6g}") for x in entries]
        self.facts.update(results=results, **facts)
        self.write()

    def write(self) -> None:
        """Write the JSON file."""
        lines = (f"{json.dumps(key)}: {_rows(value)}" for key, value in self.facts.items())
        self.path.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    @property
    def is_own(self) -> bool:
        """Whether the results are from this project."""
        return self.outputs is None

    @property
    def arrays(self) -> Any:
        return self.facts["results"] if self.is_own else self.outputs

    def array(self, name: str) -> torch.Tensor:
        return torch.from_numpy(self.arrays[name])

    @property
    def system(self) -> str:
        name = self.facts["system"].lower()
        return f"{name}_at" if len(self.facts["constructor"].get("task_cfg", ())) > 1 else name

    @property
    def widths(self) -> dict[str, int]:
        return widths(self.facts["constructor"])

    @property
    def steps(self) -> int:
        return self.facts["macs"]["T"]

    @property
    def lengths(self) -> list[int]:
        """Features of samples 0 and 1, and of one that is longer than the others' padding."""
        return [self.steps, int(self.steps * 0.703125), int(self.steps * 1.40625)]

    def is_whole(self, name: str) -> bool:
        return name in self.arrays

    def weights(self) -> dict[str, torch.Tensor]:
        """Weights of the system's own code by their original names."""
        return {name: weight(k, *rest) for k, name, *rest in self.facts["tensors"]}

    @property
    def idle(self) -> dict[str, int]:
        """Names and sizes of parameters that belong to other tasks."""
        names = PUBLISHED[self.system].names
        rows = [(name, int(np.prod(shape))) for _, name, shape, _ in self.facts["tensors"]]
        prefix = {n: max((p for p in names if n.startswith(p)), key=len) for n, _ in rows}
        return {name: size for name, size in rows if names[prefix[name]] is None}

    def config(self) -> Any:
        """The model of a shipped config with the sizes of the case."""
        return SIZED[self.system](self.facts["constructor"])

    @cached_property
    def network(self) -> torch.nn.Module:
        """The model with the weights of the case."""
        built = MODELS.build(self.config())
        built.load_state_dict(convert_weights(self.system, self.weights(), built, "the case"))
        if "text_rule" in self.facts:
            for model, number in ((built, 2), *self.others(built).values()):
                embeddings = class_embeddings(number, model.num_classes)
                model.head.cls_tower.set_embeddings(embeddings)
        return built.eval()

    @staticmethod
    def others(network: torch.nn.Module) -> dict[str, tuple[torch.nn.Module, int]]:
        """UniAV's models of the other tasks by the names of runs, and their numbers."""
        if not hasattr(network, "others"):
            return {}
        return dict(TAL=(network.others["actions"], 1), SED=(network.others["sounds"], 3))

    def batch(self, samples: list[int], steps: int | None = None) -> dict[str, torch.Tensor]:
        """Inputs of a model: the given samples, padded by default to the steps of the case."""
        steps = steps or self.steps
        lengths = [self.lengths[sample] for sample in samples]
        inputs = {}
        for modality, (name, width) in enumerate(self.widths.items()):
            inputs[name] = torch.zeros(len(samples), steps, width)
            for row, (sample, length) in enumerate(zip(samples, lengths, strict=True)):
                inputs[name][row, :length] = features(modality, sample, width, length)
        inputs["mask"] = torch.arange(steps) < torch.tensor(lengths)[:, None]
        return inputs

    def samples(self) -> list:
        """Samples 0 and 1 with their ground truth."""
        truth = self.facts["ground_truth_on_grid"]
        return [
            EVENTS.example(
                length,
                self.facts["constructor"]["num_classes"],
                Events(
                    np.array(truth[name]["segments"], dtype=np.float32),
                    np.array(truth[name]["labels"]),
                ),
            )
            for name, length in zip(("s0", "s1"), self.lengths, strict=False)
        ]

    @property
    def levels(self) -> int:
        return len(self.facts["constructor"]["regression_range"])

    @property
    def has_bins(self) -> bool:
        """Whether the case is TriDet with its own head."""
        return bool(self.facts["constructor"].get("use_trident_head"))

    def bins_to_offsets(self, run: str) -> torch.Tensor:
        """(B, P, C, 2) offsets of a run, if its outputs are scores of bins, starts and ends."""
        offsets = []
        for level in range(self.levels):
            start, end = (
                self.array(f"{run}/{name}/{level}").transpose(1, 2) for name in ("start", "end")
            )
            bins = self.array(f"{run}/off/{level}").unflatten(-1, (2, -1))
            raw = TridentScores(bins, start, end)
            offsets.append(self.network.head.reg_tower.to_offsets(raw, torch.tensor(1.0)))
        return torch.cat(offsets, 1)

    def predictions(self, run: str) -> PointPredictions:
        """Outputs of a run in the form of a head's predictions."""
        logits, offsets, masks = [], [], []
        for level in range(self.levels):
            mask, cls, off = (
                self.array(f"{run}/{name}/{level}") for name in ("mask", "cls", "off")
            )
            masks.append(mask)
            logits.append(cls)
            offsets.append(off if off.ndim == 4 else off[:, :, None])
        lengths = tuple(mask.shape[1] for mask in masks)
        return PointPredictions(
            torch.cat(logits, 1), torch.cat(offsets, 1), torch.cat(masks, 1), lengths
        )


def of(names: Sequence) -> Any:
    """Mark a test that runs for these cases, which the fixture ``case`` reads."""
    return pytest.mark.parametrize("case", names, indirect=True)


def requested(request: Any, own: Sequence[str]) -> Case:
    """The case requested from a fixture, of this project or of the shared data."""
    folder = FOLDER
    if request.param not in own:
        folder = request.getfixturevalue("shared") / "golden" / "zoo"
    return Case.read(folder / f"{request.param}.json")


def by_level(found: PointPredictions) -> dict[str, torch.Tensor]:
    """Outputs of a head by their names in a case; 0 on padding."""
    parts = {}
    for level, (mask, cls, off) in enumerate(
        zip(*(x.split(found.lengths, 1) for x in (found.mask, *found[:2])), strict=True)
    ):
        parts[f"mask/{level}"] = mask
        parts[f"cls/{level}"] = cls * mask[..., None]
        off = off * mask[..., None, None]
        parts[f"off/{level}"] = off if off.shape[2] > 1 else off[:, :, 0]
    return parts


def trident_scores(network: torch.nn.Module, inputs: dict) -> dict[str, torch.Tensor]:
    """Outputs of TriDet's own code in place of offsets: scores of bins, starts and ends."""
    parts, head = {}, network.head
    features = network.extract_feat(inputs)
    scores = head.reg_tower.scores(features.levels, features.level_masks)
    for level, (raw, mask) in enumerate(zip(scores, features.level_masks, strict=True)):
        bins = (head.scale[level] * raw.bins).relu() * mask[..., None, None]
        parts |= {
            f"off/{level}": bins.flatten(2),
            f"start/{level}": raw.start.transpose(1, 2),
            f"end/{level}": raw.end.transpose(1, 2),
        }
    return parts


def summary(values: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Statistics and some entries of an output."""
    flat = values.detach().double().numpy().ravel()
    count = min(ENTRIES, len(flat))
    places = np.arange(count) * (len(flat) - 1) // max(1, count - 1)
    stats = [flat.mean(), flat.std(), flat.min(), flat.max(), np.abs(flat).mean()]
    return np.array(stats), flat[places]


def assert_agrees(case: Case, name: str, found: torch.Tensor, atol: float) -> None:
    """Assert that an output equals that of the case, or its statistics and entries."""
    found = found.detach()
    if case.is_whole(name):
        torch.testing.assert_close(found, case.array(name), atol=atol, rtol=0, msg=name)
    elif found.dtype == torch.bool:
        counts = [found.sum().item(), found.numel()]
        if case.system == "ccnet" and not case.is_own:
            counts = found.sum(1).tolist()
        assert counts == list(case.arrays[f"{name}/count"]), name
    else:
        for part, values in zip(("stats", "entries"), summary(found), strict=True):
            np.testing.assert_allclose(
                values, case.arrays[f"{name}/{part}"], atol=atol, rtol=0, err_msg=f"{name} {part}"
            )
