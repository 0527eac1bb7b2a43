"""A model from a config and a checkpoint, and its predictions for one video's features.

Shape letters: T steps, Dv and Da channels of the features, M predictions.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from torch import Tensor

from .._compat import prepare_process
from ..engine.checkpoints import check_dataset, check_weights
from ..engine.config import load_config
from ..errors import InputError
from ..fileio import TrainedOn, as_checkpoint, read_checkpoint
from ..registry import MODELS
from ..structures import LENGTH_TOLERANCE, FeatureKind, TemporalGrid, build_sample


def init_model(
    config: str | Path | Config, checkpoint: str | None = None, device: str = "cpu"
) -> BaseModel:
    """Build a model for inference.

    Args:
        config (str | Path | Config): Config or its file.
        checkpoint (str | None): Checkpoint file; its EMA weights are loaded when it has them.
        device (str): Where the model runs.

    Returns:
        BaseModel: The model in evaluation mode; ``model.cfg`` is its config, and
        ``model.classes`` the class names and ``model.feature_grid`` the grid that the checkpoint
        was trained on, or None.

    Raises:
        InputError: The checkpoint is missing, or belongs to another model or other data.
    """
    prepare_process()
    cfg = config if isinstance(config, Config) else load_config(str(config))
    init_default_scope(cfg.get("default_scope", "mmaction"))
    model = MODELS.build(cfg.model)
    model.cfg, model.classes, model.feature_grid = cfg, None, None
    if checkpoint is not None:
        trained = _load(model, cfg, checkpoint)
        model.classes, model.feature_grid = trained.classes, trained.grid
    return model.to(device).eval()


def _load(model: BaseModel, cfg: Config, path: str) -> TrainedOn:
    """Load weights, and return what they were trained on."""
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
    if dataset.get("features"):
        found["features"] = asdict(FeatureKind.from_config(dataset["features"]))
    where = "test_dataloader.dataset"
    check_dataset(trained, TrainedOn.of(found, where), what, where)
    return trained


@torch.no_grad()
def inference(
    model: BaseModel,
    visual: np.ndarray | Tensor,
    audio: np.ndarray | Tensor,
    grid: TemporalGrid | dict,
    duration: float | None = None,
    video_id: str = "video",
):
    """Localize the events of one video from its features.

    Args:
        model (BaseModel): From :func:`init_model`.
        visual (ndarray | Tensor): (T, Dv) visual features.
        audio (ndarray | Tensor): (T, Da) audio features.
        grid (TemporalGrid | dict): The features' grid: fps, num_frames, stride.
        duration (float | None): Seconds of the video; by default what the features cover.
        video_id (str): Name of the video.

    Returns:
        ActionDataSample: ``pred_instances`` with segments (M, 2) in seconds, scores (M,) and
        labels (M,), best first.

    Raises:
        InputError: The two modalities differ in length or are not (T, channels), their length
            does not fit duration and grid, or the grid is not what the model was trained on.
    """
    visual, audio = torch.as_tensor(visual).float(), torch.as_tensor(audio).float()
    if visual.ndim != 2 or audio.ndim != 2 or len(visual) != len(audio) or not len(visual):
        raise InputError(
            f"video {video_id}: visual {tuple(visual.shape)} and audio {tuple(audio.shape)} found, "
            "two arrays (T, channels) of one length expected"
        )
    grid = grid if isinstance(grid, TemporalGrid) else TemporalGrid(**grid)
    trained = getattr(model, "feature_grid", None)
    if trained and asdict(grid) != trained:
        raise InputError(
            f"video {video_id}: grid {asdict(grid)} found, {trained} expected, which the "
            "checkpoint was trained on"
        )
    if duration is None:
        duration = ((len(visual) - 1) * grid.stride + grid.num_frames) / grid.fps
    elif not grid.fits(len(visual), duration, LENGTH_TOLERANCE):
        raise InputError(
            f"video {video_id}: {len(visual)} steps found for {duration:g} s, "
            f"{grid.num_steps(duration)} expected by the grid {asdict(grid)}: correct the duration "
            "or the grid"
        )
    sample = build_sample(video_id, float(duration), grid)
    batch = pseudo_collate([dict(inputs=dict(visual=visual, audio=audio), data_samples=sample)])
    return model.test_step(batch)[0]
