"""Packs the features of a config's datasets into one file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..datasets import AVDataset
from ..datasets.feature_sources import FeatureSource, description_of_features
from ..engine.config import load_config
from ..engine.fit import datasets_of
from ..errors import InputError
from ..fileio import check_output, write_packed_features
from ..registry import DATASETS, build_part

PackedType = Literal["float32", "bfloat16"]
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class PackedSplits:
    """What :func:`pack_features` has written.

    Attributes:
        videos: Number of videos.
        steps: Number of grid steps of all videos.
        size: Size of the file in bytes.
    """

    videos: int
    steps: int
    size: int


def pack_features(
    path: str,
    out: str | Path,
    splits: Sequence[str] = SPLITS,
    dtype: PackedType = "float32",
    options: dict[str, Any] | None = None,
    progress: Callable[[Iterable], Iterable] = iter,
) -> PackedSplits:
    """Pack the features of a config's datasets into one memory-mapped file.

    A dataset reads it if ``data_prefix.features`` is its path. Each video is written once, even if
    several splits contain it.

    Args:
        path: The config.
        out: File to write, completely or not at all.
        splits: Loaders whose datasets are packed: ``'train'``, ``'val'``, ``'test'``.
        dtype: Type of the values. With bfloat16, which keeps 8 bits of precision, the file has half
            the size.
        options: Changes of the config, by dotted key.
        progress: Wraps the videos, of each modality in turn.

    Raises:
        InputError: The file cannot be written; a dataset has no features, or none in files of each
            video; features are missing or invalid; or datasets differ in the kind of features, or
            have different videos of the same id.
    """
    check_output(out, inputs=[path])
    cfg = load_config(path, options)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    datasets = _datasets(cfg, splits)
    if not datasets:
        raise InputError(f"config {path}: expected a dataset of {' or '.join(splits)}, got none")
    return pack_datasets(datasets, out, dtype, progress)


def pack_datasets(
    datasets: dict[str, AVDataset],
    out: str | Path,
    dtype: PackedType = "float32",
    progress: Callable[[Iterable], Iterable] = iter,
) -> PackedSplits:
    """Pack the features of datasets, by their names in messages; see :func:`pack_features`."""
    sources = _sources(datasets)
    first = next(iter(datasets.values()))
    steps = {
        video_id: [source.lengths(video_id, [modality])[0] for modality in first.modalities]
        for video_id, source in sources.items()
    }
    size = write_packed_features(
        out,
        next(iter(sources.values())).kind,
        description_of_features(first.features_place),
        steps,
        lambda video_id, modality: sources[video_id].rows(video_id, modality),
        first.modalities,
        getattr(torch, dtype),
        progress,
    )
    return PackedSplits(len(steps), sum(map(min, steps.values())), size)


def _datasets(cfg: Config, splits: Sequence[str]) -> dict[str, AVDataset]:
    """The datasets of some loaders, by config key. Their features have been checked."""
    found = {}
    for place, part, _ in datasets_of(cfg):
        if place.partition("_dataloader")[0] not in splits:
            continue
        part = {name: value for name, value in part.items() if name != "cache"}
        dataset = build_part(DATASETS, part, place)
        if not isinstance(dataset, AVDataset) or dataset.features is None:
            raise InputError(
                f"{place}: expected a dataset with features in files of each video, got "
                f"{type(dataset).__name__}"
            )
        dataset.full_init()
        found[place] = dataset
    return found


def _sources(datasets: dict[str, AVDataset]) -> dict[str, FeatureSource]:
    """Where the features of each video are."""
    first_place, first = next(iter(datasets.items()))
    sources: dict[str, FeatureSource] = {}
    for place, dataset in datasets.items():
        if (dataset.features, dataset.modalities) != (first.features, first.modalities):
            raise InputError(
                f"{place}.features: expected those of {first_place}, {first.features}, got "
                f"{dataset.features}: pack these splits into files of their own"
            )
        for index in range(len(dataset)):
            video_id = dataset.get_data_info(index)["video_id"]
            known = sources.setdefault(video_id, dataset.source)
            if known.place != dataset.features_place:
                raise InputError(
                    f"{place}: expected videos with ids of their own, got video {video_id} in "
                    f"{dataset.features_place} and {known.place}: pack these splits into files "
                    "of their own"
                )
    return sources
