"""Rates at which batches reach a device, for each form in which features can be stored."""

import copy
import os
import tempfile
import time
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..datasets import AVDataset
from ..models import AVDataPreprocessor
from ..structures import MODALITIES, FeatureKind
from ..worlds.synthetic import make_plan
from .device_benchmark import wait_for
from .packing import PackedType, pack_datasets

# Files of each video, packed files, and caches of packed float32 features.
Form = Literal["files", "float32", "bfloat16", "ram", "device"]
_TYPES: tuple[PackedType, ...] = ("float32", "bfloat16")


class FeedRate(NamedTuple):
    """Videos per second from disk to padded batches on a device.

    Attributes:
        cold: In the first pass, when nothing is in memory, including the start of workers and the
            reading of a cache.
        warm: In the second pass.
    """

    cold: float
    warm: float


class FeedBenchmark:
    """Simulated videos with features of real widths, read as a training reads them.

    Args:
        cfg: Config of a localizer, whose training data loader is used.
        videos: Number of videos.
        device: The device.
    """

    def __init__(self, cfg: Config, videos: int, device: torch.device):
        self.device = device
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name, "world")
        self.loader = copy.deepcopy(cfg.train_dataloader)
        self.preprocessor = AVDataPreprocessor(self.loader.dataset.max_len).to(device)
        features = self.loader.dataset.features
        kind = FeatureKind.from_config(features)
        widths = tuple(kind.stream(modality).dim for modality in MODALITIES)
        files = dict(num_videos=(videos, 1, 1), layouts=[features["kind"]], widths=widths)
        make_plan(dict(num_classes=4), files).write(self.root)
        dataset = AVDataset(data_root=str(self.root), features=features)
        for dtype in _TYPES:
            pack_datasets({"train": dataset}, self.root / f"{dtype}.safetensors", dtype)

    def rate(self, form: Form, workers: int) -> FeedRate:
        """Measure the two passes over all videos.

        Args:
            form: Form of the features.
            workers: Number of worker processes.
        """
        loader = copy.deepcopy(self.loader)
        if form != "files":
            name = form if form == "bfloat16" else "float32"
            loader.dataset.data_prefix = dict(features=f"{name}.safetensors")
        loader.dataset.cache = form if form in ("ram", "device") else None
        _drop_from_memory(self.root)
        started = time.perf_counter()
        built = self.build_loader(loader, workers)
        rates = []
        for _ in range(2):
            count = sum(len(self._batch(batch)) for batch in built)
            wait_for(self.device)
            ended = time.perf_counter()
            rates.append(count / (ended - started))
            started = ended
        return FeedRate(*rates)

    def build_loader(self, loader: ConfigDict, workers: int = 0) -> DataLoader:
        """Build a data loader that reads these videos.

        Args:
            loader: Its config, which is not changed.
            workers: Number of worker processes.
        """
        loader = copy.deepcopy(loader)
        loader.dataset.update(type="AVDataset", data_root=str(self.root))
        loader.update(num_workers=workers, persistent_workers=workers > 0)
        loader.setdefault("collate_fn", dict(type="collate_av"))
        return Runner.build_dataloader(loader, seed=0)

    def _batch(self, batch: dict) -> torch.Tensor:
        inputs = self.preprocessor(batch, True)["inputs"]
        return inputs[MODALITIES[0]]


def _drop_from_memory(folder: Path) -> None:
    """Remove files from the page cache of the system, where it allows that."""
    for path in filter(Path.is_file, folder.rglob("*")):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
