"""Keeps the features of a split in memory, or on the device of the model.

Shape letters: T steps of a video, S steps of a split or a batch, D channels of a modality.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate, count, pairwise
from pathlib import Path
from typing import Any, Literal
from weakref import WeakValueDictionary

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor

from ..errors import InputError
from ..ops import to_device
from .feature_sources import FeatureSource, as_array

CachePlace = Literal["ram", "device"]


class FeatureCache(ABC):
    """Features of a split, which are read once. Subclasses give them to a pipeline.

    Args:
        source: Where they are read.
        video_ids: Videos of the split.
        modalities: Modalities to read.

    Attributes:
        size (int): Required memory in bytes.
    """

    def __init__(self, source: FeatureSource, video_ids: Sequence[str], modalities: Sequence[str]):
        self.source = source
        videos = list(dict.fromkeys(video_ids))
        self._spans: dict[str, dict[str, slice]] = {}
        self.size = 0
        for modality in modalities:
            steps = (source.lengths(video_id, [modality])[0] for video_id in videos)
            ends = list(accumulate(steps, initial=0))
            spans = [slice(start, end) for start, end in pairwise(ends)]
            self._spans[modality] = dict(zip(videos, spans, strict=True))
            self.size += ends[-1] * source.kind.stream(modality).dim * source.dtype.itemsize

    @abstractmethod
    def read(self, video_id: str, modality: str) -> Any:
        """(T, D) features for a pipeline, see :meth:`FeatureSource.read`."""

    def load(self, device: torch.device) -> dict[str, Tensor]:
        """Features (S, D) of all videos, by modality, in the type in which they are stored.

        Raises:
            InputError: The memory is too small, or features are invalid.
        """
        source, free = self.source, free_memory(device)
        needed = f"{self.size / 1e9:.3g} GB"
        if free is not None and free < self.size:
            raise InputError(
                f"dataset.cache: expected {needed} of free memory on {device} for the features in "
                f"{source.place}, got {free / 1e9:.3g} GB: pack them in bfloat16 with "
                "tools/data/pack_features.py, or set dataset.cache=None"
            )
        print_log(f"reading {needed} of features in {source.place} to {device}", "current")
        blocks = {}
        for modality, spans in self._spans.items():
            total = max((span.stop for span in spans.values()), default=0)
            shape = total, source.kind.stream(modality).dim
            blocks[modality] = torch.empty(shape, dtype=source.dtype, device=device)
            for video_id, span in spans.items():
                blocks[modality][span] = source.rows(video_id, modality)
        return blocks


class MemoryCache(FeatureCache):
    """Features of a split in the memory of this process, which its workers share.

    They are read when it is created. Arguments are those of :class:`FeatureCache`.

    Raises:
        InputError: See :meth:`FeatureCache.load`.
    """

    def __init__(self, source: FeatureSource, video_ids: Sequence[str], modalities: Sequence[str]):
        super().__init__(source, video_ids, modalities)
        self._blocks = self.load(torch.device("cpu"))

    def read(self, video_id: str, modality: str) -> np.ndarray:
        """See :meth:`FeatureSource.read`."""
        return as_array(self._blocks[modality][self._spans[modality][video_id]])


class CachedRows:
    """Features of a video on the device, in a pipeline: like an array of them, it can be sliced.

    Other operations are not possible, as their values are not on the host.

    Args:
        cache: Number of the cache.
        rows: (T,) rows of the cache.
    """

    def __init__(self, cache: int, rows: np.ndarray):
        self.cache, self.rows = cache, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, steps: Any) -> "CachedRows":
        return CachedRows(self.cache, np.atleast_1d(self.rows[steps]))

    def to_tensor(self) -> Tensor:
        """(T, 2) int64, number of the cache and row of each step, see :func:`cached_features`."""
        return torch.from_numpy(np.stack([np.full_like(self.rows, self.cache), self.rows], 1))


class DeviceCache(FeatureCache):
    """Features of a split on the device of the model.

    Samples have only the places of their features in it. The data preprocessor of the model, in
    the main process, reads the features to its device at the first batch, and then takes those of
    a batch from there. Arguments are those of :class:`FeatureCache`.
    """

    def __init__(self, source: FeatureSource, video_ids: Sequence[str], modalities: Sequence[str]):
        super().__init__(source, video_ids, modalities)
        self.number = next(_NUMBERS)
        self._blocks: dict[torch.device, dict[str, Tensor]] = {}
        _CACHES[self.number] = self

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_blocks": {}}  # workers do not need the features

    def read(self, video_id: str, modality: str) -> CachedRows:
        """See :meth:`FeatureSource.read`; the features stay on the device."""
        span = self._spans[modality][video_id]
        return CachedRows(self.number, np.arange(span.start, span.stop))

    def block(self, modality: str, device: torch.device) -> Tensor:
        """(S, D) features of all videos on a device, to which they are read when first needed.

        Raises:
            InputError: See :meth:`FeatureCache.load`.
        """
        if device not in self._blocks:
            self._blocks[device] = self.load(device)
        return self._blocks[device][modality]


_NUMBERS = count()
_CACHES: WeakValueDictionary[int, DeviceCache] = WeakValueDictionary()


def cached_features(places: Tensor, modality: str, device: torch.device) -> Tensor:
    """(S, D) float32 features of the steps of a batch.

    Args:
        places: (S, 2) int64 on the host, number of the cache and row of each step.
        modality: ``'visual'`` or ``'audio'``.
        device: The device of the features.

    Raises:
        InputError: See :meth:`FeatureCache.load`.
    """
    caches, rows = places.unbind(1)
    found = {}
    for number in caches.unique().tolist():
        steps = (caches == number).nonzero()[:, 0]
        block = _CACHES[number].block(modality, device)
        found[number] = steps, block.index_select(0, to_device(rows[steps], device)).float()
    if len(found) == 1:
        return next(iter(found.values()))[1]
    order = torch.cat([steps for steps, _ in found.values()]).argsort()
    joined = torch.cat([features for _, features in found.values()])
    return joined.index_select(0, to_device(order, device))


def free_memory(device: torch.device) -> int | None:
    """Number of bytes that are free on a device; None if unknown."""
    if device.type == "cuda":
        # What torch has reserved but does not use is free as well.
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    try:
        found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    except OSError:  # not on Linux
        return None
    return int(found[1]) * 1024 if found else None


_KINDS: dict[str, type[FeatureCache]] = dict(ram=MemoryCache, device=DeviceCache)


def cached(
    place: CachePlace, source: FeatureSource, video_ids: Sequence[str], modalities: Sequence[str]
) -> FeatureCache:
    """The features of a split in memory, or on the device of the model; see the classes."""
    return _KINDS[place](source, video_ids, modalities)
