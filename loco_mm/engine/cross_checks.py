"""Values of a config that have to fit each other, compared before anything is built."""

import inspect
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from ..arguments import constructor_default
from ..datasets import BaseAVDataset
from ..errors import InputError
from ..models.localizers import slot_of_maps, task_config
from ..registry import DATASETS, METRICS, MODELS, find_type
from ..tasks import Task
from .config_keys import node_at
from .part_checks import list_parts


def check_fit(path: str, cfg: Config) -> None:
    """Check what parts of a run have to agree on.

    Raises:
        InputError: Names both dotted keys and their values.
    """
    source = f"config {path}"
    _check_groups(source, cfg)
    model = node_at(cfg, "model")
    head = find_type(MODELS, node_at(model, "head").get("type"))
    for place, dataset, kind in datasets_of(cfg):
        of_task = _model_of(place, model)
        if place.startswith("train") and _exceeds(dataset.get("max_len"), of_task.get("max_len")):
            raise InputError(
                f"{source}: {place}.max_len: {dataset['max_len']} found, at most model.max_len = "
                f"{of_task['max_len']} expected"
            )
        _check_widths(source, place, dataset, kind, of_task)
        _check_classes(source, place, dataset, kind, of_task)
        _check_task(source, place, kind.task, head, cfg)
        _check_maps(source, place, dataset, model)
        if place.startswith("train"):
            _check_supervision(source, place, dataset, kind, model)


def _model_of(place: str, model: dict) -> dict:
    """The model of the task of a data set, which may be one of several."""
    task = place.partition(".datasets.")[2].partition(".")[0]
    changes = node_at(model, "tasks").get(task)
    return task_config(model, changes) if isinstance(changes, dict) else model


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


def datasets_of(cfg: Config) -> Iterator[tuple[str, dict, type[BaseAVDataset]]]:
    """The audio-visual datasets of all loaders, inside wrappers too."""
    for place, part, _ in list_parts(cfg):
        kind = find_type(DATASETS, part["type"])
        if inspect.isclass(kind) and issubclass(kind, BaseAVDataset):
            yield place, part, kind


def _check_widths(source: str, place: str, dataset: dict, kind: Any, model: dict) -> None:
    """Parts that read features take as many channels as they have."""
    try:
        widths = kind.configured_widths(dataset)
    except InputError as error:
        raise InputError(f"{source}: {place}.{error}") from None
    for slot in ("encoder", "spatial"):
        part = node_at(model, slot)
        for modality, (width, key) in widths.items():
            found = part.get(f"{modality}_dim")
            if isinstance(found, int) and found != width:
                raise InputError(
                    f"{source}: model.{slot}.{modality}_dim: {found} found, {width} expected, the "
                    f"{modality} channels of {place}.{key}"
                )


def _check_classes(source: str, place: str, dataset: dict, kind: Any, model: dict) -> None:
    """What can be told without the files; the rest a hook checks when they have been read."""
    classes = node_at(dataset, "metainfo").get("classes", kind.METAINFO.get("classes"))
    number = node_at(model, "head").get("num_classes")
    if told := Task.class_mismatch(number, classes, place):
        raise InputError(f"{source}: {told}")


def _check_task(source: str, place: str, task: Task, head: Any, cfg: Config) -> None:
    """Head and metrics are of the data's task."""
    if getattr(head, "task", task) is not task:
        raise InputError(
            f"{source}: model.head.type: {head.__name__} found, a head for {task.name} expected, "
            f"as {place} has them"
        )
    key = f"{place.split('_')[0]}_evaluator"
    evaluators = cfg.get(key) or []
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        metric = find_type(METRICS, evaluator.get("type")) if isinstance(evaluator, dict) else None
        if getattr(metric, "task", task) is not task:
            raise InputError(
                f"{source}: {key}.type: {evaluator['type']} found, a metric of {task.name}, as "
                f"{task.metric}, expected, as {place} has them"
            )


def _check_maps(source: str, place: str, dataset: dict, model: dict) -> None:
    """A part that reads cells is given cells."""
    slot = slot_of_maps(model)
    if slot and dataset.get("features") == "mean":
        raise InputError(
            f"{source}: {place}.features: 'mean' found, 'map' expected, whose cells model.{slot} "
            "attends to"
        )


def _check_supervision(source: str, place: str, dataset: dict, kind: Any, model: dict) -> None:
    """Head and training losses read the labels that the data set gives."""
    head = node_at(model, "head")
    owner = find_type(MODELS, head.get("type"))
    for key in kind.task.shared_keys if inspect.isclass(owner) else ():
        read = head.get(key, constructor_default(owner, key))
        given = dataset.get(key, constructor_default(kind, key))
        if read != given:
            raise InputError(
                f"{source}: model.head.{key}: {read!r} found, {given!r} expected, that of {place}"
            )
    for name, part in node_at(model, "auxiliary").items():
        loss = find_type(MODELS, part.get("type"))
        if getattr(loss, "reads_segments", False) and dataset.get("supervision") == "weakly":
            raise InputError(
                f"{source}: model.auxiliary.{name}: {loss.__name__} reads the labels of segments, "
                f"which {place} with supervision='weakly' does not give: leave it out"
            )
