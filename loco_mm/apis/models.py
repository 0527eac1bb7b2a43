"""Builds a model from a config and a checkpoint, or from a published folder."""

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope

from ..arrays import bad_argument
from ..datasets import BaseAVDataset
from ..engine.checkpoints import (
    check_dataset,
    check_weights,
    chosen_checkpoint,
    select_task_weights,
)
from ..engine.config import load_config
from ..errors import InputError
from ..fileio import (
    EMBEDDINGS_FILE,
    Description,
    TrainedOn,
    as_checkpoint,
    class_names,
    find_published,
    read_checkpoint,
    read_json,
)
from ..registry import DATASETS, MODELS, build_part, check_types, find_type
from ..schema import show
from ..structures import FeatureKind
from ..tasks import Task
from .model_index import find_model


@dataclass(frozen=True)
class ModelInfo:
    """Information about a model, from its checkpoint, or otherwise from its config.

    Attributes:
        config: Config of the model.
        classes: Class names by label.
        grid: Grid of the features: fps, num_frames, stride.
        kind: Files, widths and grid of the features.
        extractor: Extractor of the features.
    """

    config: Config
    classes: tuple[str, ...] | None = None
    grid: dict | None = None
    kind: FeatureKind | None = None
    extractor: Description | None = None

    @property
    def trained_on(self) -> TrainedOn:
        """Classes and features, without the config."""
        return TrainedOn(self.classes, self.grid, self.kind, self.extractor)


def init_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    device: str | torch.device = "cpu",
    packages: Sequence[str] = (),
) -> BaseModel:
    """Build a model for inference.

    Args:
        config: Config or its file, which is executed; the name of a model in the package's index,
            such as ``'loco_unav100_onepeace'``; or the folder of a published model with its
            weights, whose config is read as data only.
        checkpoint: Checkpoint file, or the work dir of a training, of which the best checkpoint is
            used, or the last one if there is no best; EMA weights are loaded if there are any.
        device: Device of the model.
        packages: Modules to import whose parts a published model may use, in addition to those of
            this package.

    Returns:
        BaseModel: The model in evaluation mode, with its :class:`ModelInfo` as ``model.info``.

    Raises:
        InputError: The config's model cannot be built, the checkpoint is missing or belongs to
            another model or other data, or the device does not exist.
    """
    place = _device(device)
    cfg, checkpoint = config_and_weights(config, checkpoint, packages)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    model = build_part(MODELS, cfg.model, "model")
    known = _of_config(cfg)
    if checkpoint is not None:
        trained = _load(model, checkpoint)
        check_dataset(trained, known, f"checkpoint {checkpoint}: it", _DATASET)
        known = trained.completed(known)
    model.info = ModelInfo(cfg, *known)
    return model.to(place).eval()


_DATASET = "test_dataloader.dataset"


def trained_on(model: BaseModel) -> TrainedOn:
    """Training dataset of a model; all fields are None if :func:`init_model` did not build it."""
    info = getattr(model, "info", None)
    return TrainedOn() if info is None else info.trained_on


def _device(device: str | torch.device) -> torch.device:
    try:
        place = torch.device(device)
        # Fails if the device does not exist or cannot store numbers.
        torch.zeros(1, device=place).item()
    except (AssertionError, NotImplementedError, RuntimeError, TypeError) as error:
        reason = str(error).partition("\n")[0][:200]
        found = f"{device!r} ({reason})"
        raise bad_argument(
            "init_model.device", found, "a device of this machine, such as 'cpu'"
        ) from error
    return place


def config_and_weights(
    config: str | Path | Config, checkpoint: str | Path | None, packages: Sequence[str] = ()
) -> tuple[Config, str | Path | None]:
    """Config and weights file, for the arguments of :func:`init_model`."""
    if not isinstance(config, (str, Path, Config)):
        raise bad_argument("init_model.config", type(config).__name__, "a file or a Config")
    if isinstance(config, str) and re.fullmatch(r"[\w-]+", config) and not Path(config).exists():
        config, weights = find_model(config)
        checkpoint = checkpoint or weights
    if not isinstance(config, Config) and Path(config).is_dir():
        published = find_published(config)
        config, checkpoint = _published(published.config, packages), checkpoint or published.weights
    cfg = config if isinstance(config, Config) else load_config(str(config))
    if not isinstance(cfg.get("model"), dict):
        raise InputError(f"config {cfg.filename or ''}: it has no model")
    return cfg, checkpoint


def _published(path: Path, packages: Sequence[str]) -> Config:
    """Config with the model of a published config; other entries of the file are ignored."""
    source = f"published config {path}"
    model = read_json(path, "published config").get("model")
    if not isinstance(model, dict) or "type" not in model:
        raise InputError(f"{source}: model: expected an object with a type, got {show(model)}")
    for package in packages:
        try:
            import_module(package)
        except ImportError as error:
            raise InputError(f"packages: {package!r} cannot be imported: {error}") from error
    try:
        found = dict(model=_with_current_keys(model))
        check_types(found, source, [name.partition(".")[0] for name in packages])
        _take_embeddings(found["model"], path.parent / EMBEDDINGS_FILE)
        return Config(found)
    except RecursionError as error:
        raise InputError(f"{source}: it is nested too deep") from error


def _take_embeddings(model: dict, file: Path) -> None:
    """Use the class embeddings in the folder instead of those at the path used in training."""
    head = model.get("head")
    classifier = head.get("classifier") if isinstance(head, dict) else None
    if isinstance(classifier, dict) and classifier.get("type") == "LanguageClassifier":
        classifier["embeddings"] = str(file)


# Config keys of earlier versions and their current names; None if inference does not need them.
_OLD_KEYS: dict[str, dict[str, str | None]] = {
    "ActionnessRegressor": {"widen": "scale_factor"},
    "BoundaryRefiner": {"reach": "context_ratio"},
    "MemoryHead": {"eventless": None},
    "RelationFusion": {"keep_streams": None},
}


def _with_current_keys(config: Any) -> Any:
    """Rename or remove keys of earlier versions in the config of a model."""
    if isinstance(config, list):
        return [_with_current_keys(value) for value in config]
    if not isinstance(config, dict):
        return config
    old = _OLD_KEYS.get(str(config.get("type")), {})
    names = ((old.get(key, key), value) for key, value in config.items())
    return {name: _with_current_keys(value) for name, value in names if name is not None}


def _of_config(cfg: Config) -> TrainedOn:
    """Information about the test dataset in the config."""
    dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    names = (dataset.get("metainfo") or {}).get("classes")
    known = TrainedOn()
    if names:
        known = known._replace(classes=class_names(names, f"{_DATASET}.metainfo.classes"))
    owner = find_type(DATASETS, dataset.get("type"))
    if inspect.isclass(owner) and issubclass(owner, BaseAVDataset):
        kind = owner.configured_features(dataset)
        if kind is not None:
            known = known._replace(kind=kind, grid=vars(kind.grid).copy())
    return known


def checkpoint_file(path: str | Path) -> str | Path:
    """The checkpoint file of a work dir, which is logged; other paths as given."""
    chosen = chosen_checkpoint(path)
    if chosen != path:
        print_log(f"checkpoint {path}: using {Path(chosen).name}", logger="current")
    return chosen


def _load(model: BaseModel, path: str | Path) -> TrainedOn:
    """Load weights, and return the description of their training dataset."""
    if not isinstance(path, (str, Path)):
        raise bad_argument("init_model.checkpoint", type(path).__name__, "a file")
    path = checkpoint_file(path)
    content, what = as_checkpoint(read_checkpoint(path), path), f"checkpoint {path}: it"
    # MMEngine stores EMA weights as the checkpoint's state_dict.
    weights = select_task_weights(model, content["state_dict"])
    check_weights(model, weights, what)
    model.load_state_dict(weights)
    trained = TrainedOn.of(content.get("meta", {}).get("dataset_meta") or {}, what)
    number = getattr(model, "num_classes", None)
    if message := Task.class_mismatch(number, trained.classes, f"checkpoint {path}"):
        raise InputError(message)
    return trained
