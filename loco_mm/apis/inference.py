"""A model from a config and a checkpoint, and its predictions for one video's features.

Shape letters: T steps, Dv and Da channels of the features, M predictions.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from torch import Tensor

from .._compat import prepare_process
from ..arrays import as_numbers, bad_argument, check_finite, check_number
from ..engine.checkpoints import check_dataset, check_weights
from ..engine.config import load_config
from ..engine.config_errors import config_error
from ..errors import InputError
from ..fileio import TrainedOn, as_checkpoint, read_checkpoint
from ..models import AVSegmentClassifier
from ..registry import MODELS
from ..schema import show
from ..structures import (
    LENGTH_TOLERANCE,
    FeatureKind,
    TemporalGrid,
    build_sample,
    build_segment_sample,
)


def init_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    device: str | torch.device = "cpu",
) -> BaseModel:
    """Build a model for inference.

    Args:
        config (str | Path | Config): Config or its file.
        checkpoint (str | Path | None): Checkpoint file; its EMA weights are loaded when it has
            them.
        device (str | torch.device): Where the model runs.

    Returns:
        BaseModel: The model in evaluation mode; ``model.cfg`` is its config, and
        ``model.classes`` the class names and ``model.feature_grid`` the grid that the checkpoint
        was trained on, or None.

    Raises:
        InputError: The config has no model that can be built, the checkpoint is missing or belongs
            to another model or other data, or the device is not there.
    """
    prepare_process()
    place = _device(device)
    cfg = _config(config)
    init_default_scope(cfg.get("default_scope", "mmaction"))
    try:
        model = MODELS.build(cfg.model)
    except Exception as error:
        if told := config_error(error):
            raise InputError(told) from error
        raise
    model.cfg, model.classes, model.feature_grid = cfg, None, None
    if checkpoint is not None:
        trained = _load(model, cfg, checkpoint)
        model.classes, model.feature_grid = trained.classes, trained.grid
    return model.to(place).eval()


def _device(device: str | torch.device) -> torch.device:
    try:
        place = torch.device(device)
        # Whether it is there, and holds numbers, shows when it is used.
        torch.zeros(1, device=place).item()
    except (AssertionError, NotImplementedError, RuntimeError, TypeError) as error:
        reason = str(error).partition("\n")[0][:200]
        found = f"{device!r} ({reason})"
        raise bad_argument(
            "init_model.device", found, "a device that is there, as 'cpu',"
        ) from error
    return place


def _config(config: str | Path | Config) -> Config:
    if not isinstance(config, (str, Path, Config)):
        raise bad_argument("init_model.config", type(config).__name__, "a file or a Config")
    cfg = config if isinstance(config, Config) else load_config(str(config))
    if not isinstance(cfg.get("model"), dict):
        raise InputError(f"config {cfg.filename or ''}: it has no model")
    return cfg


def _load(model: BaseModel, cfg: Config, path: str | Path) -> TrainedOn:
    """Load weights, and return what they were trained on."""
    if not isinstance(path, (str, Path)):
        raise bad_argument("init_model.checkpoint", type(path).__name__, "a file")
    content, what = as_checkpoint(read_checkpoint(path), path), f"checkpoint {path}: it"
    # MMEngine stores the EMA weights as the checkpoint's own.
    check_weights(model, content["state_dict"], what)
    model.load_state_dict(content["state_dict"])
    trained = TrainedOn.of(content.get("meta", {}).get("dataset_meta") or {}, what)
    count = len(trained.classes or ())
    expected = getattr(getattr(model, "head", None), "num_classes", count)
    if count and count != expected:
        raise InputError(f"{what} has {count} class names, model.head.num_classes is {expected}")
    dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    found = dict(dataset.get("metainfo") or {})
    if dataset.get("features") and not isinstance(model, AVSegmentClassifier):
        found["features"] = asdict(FeatureKind.from_config(dataset["features"]))
    where = "test_dataloader.dataset"
    check_dataset(trained, TrainedOn.of(found, where), what, where)
    return trained


@torch.no_grad()
def inference(
    model: BaseModel,
    visual: np.ndarray | Tensor,
    audio: np.ndarray | Tensor,
    grid: TemporalGrid | dict | None = None,
    duration: float | None = None,
    video_id: str = "video",
):
    """Localize the events of one video, or label its segments, from its features.

    Args:
        model (BaseModel): From :func:`init_model`.
        visual (ndarray | Tensor): (T, Dv) visual features; for segments also maps (T, H, W, Dv).
        audio (ndarray | Tensor): (T, Da) audio features.
        grid (TemporalGrid | dict | None): The features' grid: fps, num_frames, stride. It, and the
            duration, are for a model that localizes.
        duration (float | None): Seconds of the video; by default what the features cover.
        video_id (str): Name of the video.

    Returns:
        ActionDataSample: ``pred_instances`` with segments (M, 2) in seconds, scores (M,) and
        labels (M,), best first; or ``pred_segment_labels`` (T,), the number of classes for
        background, and ``pred_segment_scores`` (T, K).

    Raises:
        InputError: An argument is of another type; the features are no finite numbers, no
            (T, channels), differ in length, or have another width than the model takes; their
            length does not fit duration and grid; the grid is not what the model was trained on;
            or the model is in training mode.
    """
    if not isinstance(model, BaseModel):
        raise bad_argument("inference.model", type(model).__name__, "a model of init_model")
    if model.training:
        raise bad_argument("inference.model", "training mode", "evaluation mode, by model.eval(),")
    if not isinstance(video_id, str):
        raise bad_argument("inference.video_id", show(video_id), "a text")
    labels_segments = isinstance(model, AVSegmentClassifier)
    inputs = {
        name: _features(f"video {video_id}: {name}", value, labels_segments and name == "visual")
        for name, value in (("visual", visual), ("audio", audio))
    }
    steps, other = map(len, inputs.values())
    if steps != other:
        shapes = [tuple(x.shape) for x in inputs.values()]
        raise InputError(
            f"video {video_id}: visual {shapes[0]} and audio {shapes[1]} found, two arrays "
            "(T, channels) of one length expected"
        )
    if labels_segments:
        if grid is not None or duration is not None:
            raise bad_argument("inference.grid, duration", "a value", "None by a model of segments")
        sample = build_segment_sample(video_id, 0)
    else:
        sample = _localizer_sample(model, video_id, steps, grid, duration)
    batch = pseudo_collate([dict(inputs=inputs, data_samples=sample)])
    try:
        return model.test_step(batch)[0]
    except InputError as error:
        text = str(error)
        about = f"video {video_id}: "
        raise InputError(text if text.startswith(about) else about + text) from error


def _localizer_sample(
    model: BaseModel, video_id: str, steps: int, grid: Any, duration: float | None
):
    grid = TemporalGrid.from_config(grid, "inference.grid")
    trained = getattr(model, "feature_grid", None)
    if trained and asdict(grid) != trained:
        raise InputError(
            f"video {video_id}: grid {asdict(grid)} found, {trained} expected, which the "
            "checkpoint was trained on"
        )
    return build_sample(video_id, _seconds(video_id, duration, steps, grid), grid)


def _features(where: str, value: Any, may_be_map: bool) -> Tensor:
    """(T, channels), or a map (T, H, W, channels), float32, of a list, an array or a tensor."""
    is_map = may_be_map and np.ndim(value) == 4
    array = as_numbers(where, value, ("T", "H", "W", "channels") if is_map else ("T", "channels"))
    if not array.size:
        raise bad_argument(where, f"shape {np.shape(value)}", "at least one step")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    check_finite(where, array)
    return torch.from_numpy(array.copy() if not array.flags.writeable else array)


def _seconds(video_id: str, duration: float | None, steps: int, grid: TemporalGrid) -> float:
    """The video's duration, by default what its features cover."""
    if duration is None:
        return ((steps - 1) * grid.stride + grid.num_frames) / grid.fps
    seconds = check_number("inference.duration", duration, "seconds above 0", above=0)
    if not grid.fits(steps, seconds, LENGTH_TOLERANCE):
        raise InputError(
            f"video {video_id}: {steps} steps found for {seconds:g} s, "
            f"{grid.num_steps(seconds)} expected by the grid {asdict(grid)}: correct the duration "
            "or the grid"
        )
    return seconds
