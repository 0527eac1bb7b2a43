"""How time and memory grow with the size of a problem.

Each function measures one size; a table over sizes shows the growth.
"""

import copy
import io
import os
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from ..datasets import AVDataset
from ..engine import FSDP2, ForeachMovingAverage
from ..evaluation import detection_map
from ..evaluation.metrics.segment_map import DEFAULT_TIOU
from ..features.extraction import split_done
from ..fileio import (
    Entry,
    FeatureFile,
    ManifestWriter,
    read_annotations,
    write_json,
    write_text,
)
from ..registry import MODELS, build_part
from ..structures import FEATURES_FOLDER, MODALITIES, FeatureKind
from .benchmark import loss_of, random_batch, saved_bytes, seconds_of
from .packing import pack_datasets
from .part_benchmark import random_detections

# A simulated video: its seconds, its steps on the grid of ONE-PEACE features, and their channels.
SECONDS, STEPS, WIDTH = 10.0, 37, 4
FEATURES = dict(kind="onepeace", visual=dict(dim=WIDTH), audio=dict(dim=WIDTH))
PACKED = "packed.safetensors"
SUFFIXES = [
    suffix
    for modality in MODALITIES
    for suffix in FeatureKind.from_config(FEATURES).stream(modality).suffixes
]


class Cost(NamedTuple):
    """Cost of one size.

    Attributes:
        seconds: Time.
        memory: Memory in bytes.
    """

    seconds: float
    memory: float


def step_cost(cfg: Config, batch_size: int, options: dict[str, Any]) -> Cost:
    """A training step: time of forward and backward pass, and what is kept between them.

    Args:
        cfg: Config of a localizer.
        batch_size: Videos per step, with random features.
        options: Changed values of the config by dotted key, such as ``model.max_len``.
    """
    model = _build(cfg, options)
    batch = _batch(cfg, model, batch_size)
    kept = saved_bytes(lambda: loss_of(model, batch), besides=model.parameters())
    return Cost(min(seconds_of(lambda: loss_of(model, batch).backward()) for _ in range(2)), kept)


def _build(cfg: Config, options: dict[str, Any] | None = None) -> Any:
    cfg = copy.deepcopy(cfg)
    cfg.merge_from_dict(options or {})
    return build_part(MODELS, cfg.model, "model").train()


def _batch(cfg: Config, model: Any, batch_size: int) -> dict:
    widths = cfg.model.encoder.visual_dim, cfg.model.encoder.audio_dim
    return random_batch(model, *widths, batch_size, model.max_len)


def process_cost(cfg: Config, processes: int, batch_size: int, sharded: bool = False) -> Cost:
    """A training step of several processes with one thread each, with optimizer and averages.

    Args:
        cfg: Config of a localizer.
        processes: Number of processes, which exchange gradients with gloo.
        batch_size: Videos per step of each process.
        sharded: Whether the model is sharded (FSDP2), instead of replicated.

    Returns:
        Cost: Memory is that of weights, gradients, optimizer state and averages of a process.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = (processes, cfg, batch_size, sharded, folder)
        mp.spawn(_train_process, arguments, nprocs=processes)
        return Cost(*torch.load(Path(folder, "cost")))


def _train_process(
    rank: int, processes: int, cfg: Config, batch_size: int, sharded: bool, folder: str
) -> None:
    torch.set_num_threads(1)
    init_default_scope("mmaction")
    model = _build(cfg)
    optimizer, average = torch.optim.AdamW(model.parameters()), ForeachMovingAverage(model)
    wrapped: nn.Module = model
    if processes > 1:
        store = dist.FileStore(f"{folder}/store", processes)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=processes)
        wrapped = FSDP2(model) if sharded else MMDistributedDataParallel(model, device_ids=None)
    if isinstance(wrapped, FSDP2):
        wrapped.shard([optimizer], [average])
    batch = _batch(cfg, model, batch_size)

    def step() -> None:
        model.parse_losses(wrapped(**batch, mode="loss"))[0].backward()
        optimizer.step()
        average.update_parameters(model)

    seconds = min(seconds_of(step) for _ in range(3))
    state = [x for values in optimizer.state.values() for x in values.values()]
    gradients = [parameter.grad for parameter in model.parameters()]
    held = [*model.parameters(), *gradients, *state, *average.module.parameters()]
    if rank == 0:
        torch.save((seconds, sum(_local_bytes(x) for x in held)), f"{folder}/cost")
    if processes > 1:
        dist.barrier()
        # Objects of DistributedDataParallel may wait for threads of the group at the shutdown.
        os._exit(0)


def _local_bytes(x: Tensor) -> int:
    return (x.to_local() if isinstance(x, DTensor) else x).nbytes


class VideoFiles:
    """Files of a dataset with simulated videos, in a temporary folder.

    Args:
        videos: Number of videos, with three events each.
    """

    def __init__(self, videos: int):
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        self.ids = [f"video{n:08d}" for n in range(videos)]
        events = [
            dict(segment=[float(n), n + 2.5], label=f"class {n}", label_id=n) for n in range(3)
        ]
        video = dict(duration=SECONDS, subset="train", annotations=events)
        self.annotations = self.root / "annotations.json"
        write_json(self.annotations, dict(database=dict.fromkeys(self.ids, video)))

    def read_annotations(self) -> Cost:
        """Read the annotation file."""
        return _measured(lambda: read_annotations(self.annotations))

    def write_features(self) -> None:
        """Write the feature files and the manifest of an extraction."""
        folder = self.root / FEATURES_FOLDER
        folder.mkdir()
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((STEPS, WIDTH), np.float32))
        content = buffer.getvalue()
        about = FeatureFile(shape=[STEPS, WIDTH], bytes=len(content), sha256="0")
        lines = []
        for name in self.ids:
            files = {f"{name}{suffix}": about for suffix in SUFFIXES}
            for file in files:
                (folder / file).write_bytes(content)
            entry = Entry(
                video_id=name,
                source=f"{name}.mp4",
                bytes=1,
                video_seconds=SECONDS,
                audio_seconds=SECONDS,
                files=files,
            )
            lines.append(entry.model_dump_json())
        # A ManifestWriter would sync each line to the disk.
        write_text(ManifestWriter(folder).path, "\n".join([*lines, ""]))

    def pack_features(self) -> None:
        """Pack the feature files."""
        pack_datasets({"train": self.dataset(packed=False)}, self.root / PACKED)

    def dataset(self, packed: bool) -> AVDataset:
        """The videos as a dataset, which reads the packed file or the feature files."""
        prefix = dict(features=PACKED if packed else FEATURES_FOLDER)
        return AVDataset(self.annotations.name, str(self.root), prefix, features=FEATURES)

    def open_dataset(self, packed: bool) -> Cost:
        """Open a dataset, which checks that all features exist and have the right length."""
        return _measured(lambda: self.dataset(packed))

    def find_extracted(self) -> Cost:
        """Find what is left to extract, as each extraction does at its start."""
        videos = {name: f"{name}.mp4" for name in self.ids}
        return _measured(lambda: split_done(videos, self.root / FEATURES_FOLDER))


def metric_cost(videos: int) -> Cost:
    """The mAP of a split with 100 predictions for each video."""
    truth, predictions = random_detections(videos)
    return _measured(lambda: detection_map(truth, predictions, DEFAULT_TIOU))


def _measured(call: Callable[[], Any]) -> Cost:
    """Time of a call, and the most memory that Python and numpy need for it in another one."""
    seconds = seconds_of(call)
    tracemalloc.start()
    try:
        call()
        return Cost(seconds, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
