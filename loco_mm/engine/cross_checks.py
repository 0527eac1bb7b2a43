"""Values of a config that have to fit each other, compared before anything is built."""

import inspect
import math
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from ..arguments import constructor_default
from ..datasets import AVDataset, BaseAVDataset, configured_features
from ..datasets.avel import AVELDataset
from ..errors import InputError
from ..models.heads import BaseEventHead, BaseSegmentHead
from ..models.localizers import slot_of_maps
from ..registry import DATASETS, MODELS, find_type
from ..structures import MODALITIES
from .config_keys import node_at
from .part_checks import list_parts


def check_fit(path: str, cfg: Config) -> None:
    """Check what parts of a run have to agree on.

    Raises:
        InputError: Names both dotted keys and their values.
    """
    source = f"config {path}"
    _check_groups(source, cfg)
    _check_schedule(source, cfg)
    model = node_at(cfg, "model")
    head = find_type(MODELS, node_at(model, "head").get("type"))
    head = head if inspect.isclass(head) else object
    for place, dataset, kind in datasets_of(cfg):
        if place.startswith("train") and _exceeds(dataset.get("max_len"), model.get("max_len")):
            raise InputError(
                f"{source}: {place}.max_len: {dataset['max_len']} found, at most model.max_len = "
                f"{model['max_len']} expected"
            )
        _check_widths(source, place, _widths(source, place, dataset, kind), model)
        classes = node_at(dataset, "metainfo").get("classes", kind.METAINFO.get("classes"))
        _check_classes(source, place, classes, node_at(model, "head").get("num_classes"))
        _check_task(source, place, kind, head)
        if issubclass(kind, AVELDataset):
            _check_segments(source, place, dataset, model, head)


def _exceeds(value, limit) -> bool:
    return isinstance(value, int) and isinstance(limit, int) and value > limit


def _check_groups(source: str, cfg: Config) -> None:
    """MMEngine asks for all keys of a use, or for none."""
    for group in (
        ("train_dataloader", "train_cfg", "optim_wrapper"),
        ("val_dataloader", "val_cfg", "val_evaluator"),
        ("test_dataloader", "test_cfg", "test_evaluator"),
    ):
        missing = [key for key in group if cfg.get(key) is None]
        if missing and len(missing) < len(group):
            raise InputError(
                f"{source}: {', '.join(missing)}: None found, but {group[0].split('_')[0]} needs "
                f"{', '.join(group)}: set all of them, or none"
            )


def _check_schedule(source: str, cfg: Config) -> None:
    """A training longer than its schedule would go on at the last, lowest learning rate."""
    schedulers = cfg.get("param_scheduler")
    schedulers = [schedulers] if isinstance(schedulers, dict) else schedulers or []
    ends = [(s.get("end", math.inf), number) for number, s in enumerate(schedulers)]
    if not ends:
        return
    # Of two that end together the later one decides.
    end, number = max(ends)
    last = schedulers[number]
    unit = "max_epochs" if last.get("by_epoch", True) else "max_iters"
    length = node_at(cfg, "train_cfg").get(unit)
    if isinstance(length, int) and length > end and _anneals(last):
        raise InputError(
            f"{source}: train_cfg.{unit}: {length} found, but param_scheduler.{number} "
            f"({last['type']}) ends at {end}, where the learning rate would stay: change both, or "
            f"the variable {unit} of a config that has one"
        )


def _anneals(scheduler: dict) -> bool:
    """Whether the learning rate is at its lowest when it ends."""
    if scheduler["type"] == "LinearLR":
        return scheduler.get("end_factor", 1.0) < scheduler.get("start_factor", 1 / 3)
    return scheduler["type"] in ("CosineAnnealingLR", "PolyLR")


def datasets_of(cfg: Config) -> Iterator[tuple[str, dict, type[BaseAVDataset]]]:
    """The audio-visual datasets of all loaders, inside wrappers too."""
    for place, part, _ in list_parts(cfg):
        kind = find_type(DATASETS, part["type"])
        if inspect.isclass(kind) and issubclass(kind, (AVDataset, AVELDataset)):
            yield place, part, kind


def _widths(source: str, place: str, dataset: dict, kind: type) -> dict[str, tuple[int, str]]:
    """Channels of a dataset's features by modality, each with the key that tells them."""
    if issubclass(kind, AVELDataset):
        keys = {modality: f"{modality}_dim" for modality in MODALITIES}
        return {name: (_value(dataset, key, kind), f"{place}.{key}") for name, key in keys.items()}
    try:
        features = configured_features(dataset)
    except InputError as error:
        raise InputError(f"{source}: {place}.{error}") from None
    if features is None:
        return {}
    return {
        modality: (features.stream(modality).dim, f"{place}.features") for modality in MODALITIES
    }


def _value(part: dict, key: str, kind: type) -> Any:
    """A key's value, or what it is for a part of that class where it is not given."""
    return part.get(key, constructor_default(kind, key))


def _check_widths(source: str, place: str, widths: dict[str, tuple[int, str]], model: dict) -> None:
    for slot in ("encoder", "spatial"):
        part = node_at(model, slot)
        for modality, (width, key) in widths.items():
            found = part.get(f"{modality}_dim")
            if isinstance(found, int) and found != width:
                raise InputError(
                    f"{source}: model.{slot}.{modality}_dim: {found} found, {width} expected, the "
                    f"{modality} channels of {key}"
                )


def _check_task(source: str, place: str, kind: type, head: type) -> None:
    """Heads for events read data sets of events, those for segments such of segments."""
    for_segments = issubclass(kind, AVELDataset)
    if issubclass(head, BaseEventHead if for_segments else BaseSegmentHead):
        raise InputError(
            f"{source}: model.head.type: {head.__name__} found, a head for "
            f"{'labels of segments' if for_segments else 'events'} expected, as {place} has them"
        )


def _check_segments(source: str, place: str, dataset: dict, model: dict, head: type) -> None:
    """What a dataset of labelled segments gives, and its model reads."""
    slot = slot_of_maps(model)
    if slot and dataset.get("features") == "mean":
        raise InputError(
            f"{source}: {place}.features: 'mean' found, 'map' expected, whose cells model.{slot} "
            "attends to"
        )
    if not place.startswith("train") or not issubclass(head, BaseSegmentHead):
        return
    for key in ("supervision", "video_label"):
        # A head without such an argument is built as its base's default.
        read = _value(node_at(model, "head"), key, head) or constructor_default(
            BaseSegmentHead, key
        )
        given = _value(dataset, key, AVELDataset)
        if read != given:
            raise InputError(
                f"{source}: model.head.{key}: {read!r} found, {given!r} expected, that of {place}"
            )
    for name, part in node_at(model, "auxiliary").items():
        kind = find_type(MODELS, part.get("type"))
        if getattr(kind, "reads_segments", False) and dataset.get("supervision") == "weakly":
            raise InputError(
                f"{source}: model.auxiliary.{name}: {kind.__name__} reads the labels of segments, "
                f"which {place} with supervision='weakly' does not give: leave it out"
            )


def _check_classes(source: str, place: str, classes: Any, number: Any) -> None:
    """What can be told without the files; the rest a hook checks when they have been read."""
    if isinstance(classes, (list, tuple)) and isinstance(number, int) and number != len(classes):
        raise InputError(
            f"{source}: model.head.num_classes: {number} found, {len(classes)} expected, the "
            f"classes of {place}"
        )
