"""Compares values of a config that depend on each other, before anything is built."""

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


def check_fit(cfg: Config | dict) -> None:
    """Check that values shared by several components agree.

    Raises:
        InputError: Names both dotted keys and their values.
    """
    model = node_at(cfg, "model")
    head = find_type(MODELS, node_at(model, "head").get("type"))
    for place, dataset, kind in datasets_of(cfg):
        of_task = _model_of(place, model)
        if place.startswith("train") and _exceeds(dataset.get("max_len"), of_task.get("max_len")):
            raise InputError(
                f"{place}.max_len: expected at most model.max_len = {of_task['max_len']}, got "
                f"{dataset['max_len']}"
            )
        _check_widths(place, dataset, kind, of_task)
        _check_classes(place, dataset, kind, of_task)
        _check_task(place, kind.task, head, cfg)
        _check_maps(place, dataset, model)
        if place.startswith("train"):
            _check_supervision(place, dataset, kind, model)


def _model_of(place: str, model: dict) -> dict:
    """Config of the model for a dataset's task; in a multi-task model, of that one."""
    changes = node_at(model, "tasks").get(task_at(place))
    return task_config(model, changes) if isinstance(changes, dict) else model


def task_at(place: str) -> str | None:
    """Name of the task of a dataset at a dotted key; None if there is only one task."""
    return place.partition(".datasets.")[2].partition(".")[0] or None


def _exceeds(value, limit) -> bool:
    return isinstance(value, int) and isinstance(limit, int) and value > limit


def node_at(content: Any, place: str) -> Any:
    """Value at a dotted key, or an empty dict if there is none."""
    for key in place.split("."):
        content = content.get(key) if isinstance(content, (dict, Config)) else None
    return content if isinstance(content, dict) else {}


def datasets_of(cfg: Config | dict) -> Iterator[tuple[str, dict, type[BaseAVDataset]]]:
    """Audio-visual datasets of all loaders, also inside dataset wrappers."""
    for split in ("train", "val", "test"):
        yield from _datasets_below(cfg.get(f"{split}_dataloader"), f"{split}_dataloader")


def _datasets_below(node: Any, place: str) -> Iterator[tuple[str, dict, type[BaseAVDataset]]]:
    if isinstance(node, dict):
        kind = find_type(DATASETS, node.get("type"))
        if inspect.isclass(kind) and issubclass(kind, BaseAVDataset):
            yield place, node, kind
        children: Any = node.items()
    else:
        children = enumerate(node) if isinstance(node, (list, tuple)) else ()
    for key, child in children:
        yield from _datasets_below(child, f"{place}.{key}")


def _check_widths(place: str, dataset: dict, kind: Any, model: dict) -> None:
    """Components that read features expect the dataset's number of channels."""
    try:
        widths = kind.configured_widths(dataset)
    except InputError as error:
        raise InputError(f"{place}.{error}") from None
    for slot in ("encoder", "spatial"):
        part = node_at(model, slot)
        for modality, (width, key) in widths.items():
            found = part.get(f"{modality}_dim")
            if isinstance(found, int) and found != width:
                raise InputError(
                    f"model.{slot}.{modality}_dim: expected {width}, the {modality} channels of "
                    f"{place}.{key}, got {found}"
                )


def _check_classes(place: str, dataset: dict, kind: Any, model: dict) -> None:
    """Compare the number of classes if the dataset config lists them; otherwise a hook does it."""
    classes = node_at(dataset, "metainfo").get("classes", kind.METAINFO.get("classes"))
    number = node_at(model, "head").get("num_classes")
    if message := Task.class_mismatch(number, classes, place):
        raise InputError(message)


def _check_task(place: str, task: Task, head: Any, cfg: Config) -> None:
    """Head and metrics match the task of the dataset."""
    if getattr(head, "task", task) is not task:
        raise InputError(
            f"model.head.type: expected a head for {task.name}, the task of {place}, got "
            f"{head.__name__}"
        )
    key = f"{place.split('_')[0]}_evaluator"
    evaluators = cfg.get(key) or []
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        metric = find_type(METRICS, evaluator.get("type")) if isinstance(evaluator, dict) else None
        if getattr(metric, "task", task) is not task:
            raise InputError(
                f"{key}.type: expected a metric of {task.name}, the task of {place}, such as "
                f"{task.metric}, got {evaluator['type']}"
            )


def _check_maps(place: str, dataset: dict, model: dict) -> None:
    """Components with spatial attention get feature maps."""
    slot = slot_of_maps(model)
    if slot and dataset.get("features") == "mean":
        raise InputError(
            f"{place}.features: expected 'map', whose cells model.{slot} attends to, got 'mean'"
        )


def _check_supervision(place: str, dataset: dict, kind: Any, model: dict) -> None:
    """Head and losses only read labels that the dataset provides."""
    head = node_at(model, "head")
    owner = find_type(MODELS, head.get("type"))
    for key in kind.task.shared_keys if inspect.isclass(owner) else ():
        read = head.get(key, constructor_default(owner, key))
        given = dataset.get(key, constructor_default(kind, key))
        if read != given:
            raise InputError(f"model.head.{key}: expected {given!r}, as in {place}, got {read!r}")
    for name, part in node_at(model, "auxiliary").items():
        loss = find_type(MODELS, part.get("type"))
        if getattr(loss, "reads_segments", False) and dataset.get("supervision") == "weakly":
            raise InputError(
                f"model.auxiliary.{name}: {loss.__name__} reads the labels of segments, "
                f"which {place} with supervision='weakly' does not give: leave it out"
            )
