"""Predicts events from the features of a video.

Shape letters: T steps, Dv and Da channels of the features, M predictions.
"""

from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from ..arrays import as_numbers, bad_argument, check_finite
from ..errors import InputError
from ..models.localizers import BaseAVModel
from ..schema import show
from ..structures import TemporalGrid
from .models import trained_on


@torch.no_grad()
def inference(
    model: BaseAVModel,
    visual: np.ndarray | Tensor,
    audio: np.ndarray | Tensor,
    grid: TemporalGrid | dict | None = None,
    duration: float | None = None,
    video_id: str = "video",
):
    """Localize the events of a video, or label its segments, from its features.

    Args:
        model: A model by :func:`init_model`.
        visual: (T, Dv) visual features; for segments also maps (T, H, W, Dv).
        audio: (T, Da) audio features.
        grid: Grid of the features: fps, num_frames, stride; by default the model's. Grid and
            duration are only for models that localize events.
        duration: Duration of the video in seconds; by default what the features cover.
        video_id: Id of the video.

    Returns:
        ActionDataSample: ``pred_instances`` with segments (M, 2) in seconds, scores (M,) and
        labels (M,), best first; or ``pred_segment_labels`` (T,), equal to the number of classes for
        background, and ``pred_segment_scores`` (T, K).

    Raises:
        InputError: An argument has the wrong type; features are not finite, not (T, channels),
            differ in length, or have another width than the model expects; their length does not
            match duration and grid; the grid differs from that of the model's training; or the
            model is in training mode.
    """
    if not isinstance(model, BaseAVModel):
        raise bad_argument("inference.model", type(model).__name__, "a model of init_model")
    if model.training:
        raise bad_argument("inference.model", "training mode", "evaluation mode, by model.eval()")
    if not isinstance(video_id, str):
        raise bad_argument("inference.video_id", show(video_id), "a string")
    packed = pack_features(model, visual, audio, grid, duration, video_id)
    try:
        return model.test_step(pseudo_collate([packed]))[0]
    except InputError as error:
        text = str(error)
        about = f"video {video_id}: "
        raise InputError(text if text.startswith(about) else about + text) from error


def pack_features(
    model: BaseAVModel,
    visual: np.ndarray | Tensor,
    audio: np.ndarray | Tensor,
    grid: TemporalGrid | dict | None,
    duration: float | None,
    video_id: str,
) -> dict:
    """Pack the features of a video as input of a model; arguments as in :func:`inference`.

    Returns:
        dict: ``inputs`` and ``data_samples``, before they are collated.

    Raises:
        InputError: See :func:`inference`.
    """
    inputs = {
        name: _features(f"video {video_id}: {name}", value, model.accepts_maps and name == "visual")
        for name, value in (("visual", visual), ("audio", audio))
    }
    steps, other = map(len, inputs.values())
    if steps != other:
        shapes = [tuple(x.shape) for x in inputs.values()]
        raise InputError(
            f"video {video_id}: expected two arrays (T, channels) of one length, got visual "
            f"{shapes[0]} and audio {shapes[1]}"
        )
    trained = trained_on(model).grid
    sample = model.task.inference_sample(video_id, steps, trained, grid, duration)
    return dict(inputs=inputs, data_samples=sample)


def _features(where: str, value: Any, may_be_map: bool) -> Tensor:
    """Convert features to a float32 tensor (T, channels), or a map (T, H, W, channels)."""
    is_map = may_be_map and np.ndim(value) == 4
    array = as_numbers(where, value, ("T", "H", "W", "channels") if is_map else ("T", "channels"))
    if not array.size:
        raise bad_argument(where, f"shape {np.shape(value)}", "at least one step")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    check_finite(where, array)
    return torch.from_numpy(array.copy() if not array.flags.writeable else array)
