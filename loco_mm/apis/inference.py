"""A model from a config and a checkpoint, and its predictions for one video's features.

Shape letters: T steps, Dv and Da channels of the features, M predictions.
"""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor

from .._compat import prepare_process
from ..engine.config import load_config
from ..errors import InputError
from ..registry import MODELS
from ..structures import TemporalGrid, build_sample


def init_model(
    config: str | Path | Config, checkpoint: str | None = None, device: str = "cpu"
) -> BaseModel:
    """Build a model for inference.

    Args:
        config (str | Path | Config): Config or its file.
        checkpoint (str | None): Checkpoint file; its EMA weights are loaded when it has them.
        device (str): Where the model runs.

    Returns:
        BaseModel: The model in evaluation mode; ``model.cfg`` is its config and
        ``model.classes`` the checkpoint's class names, or None.

    Raises:
        InputError: The checkpoint is missing or belongs to another model.
    """
    prepare_process()
    cfg = config if isinstance(config, Config) else load_config(str(config))
    init_default_scope(cfg.get("default_scope", "mmaction"))
    model = MODELS.build(cfg.model)
    model.cfg, model.classes = cfg, None
    if checkpoint is not None:
        if not Path(checkpoint).is_file():
            raise InputError(f"checkpoint {checkpoint}: no such file")
        try:
            # MMEngine stores the EMA weights as the checkpoint's own.
            state = load_checkpoint(model, str(checkpoint), map_location="cpu", strict=True)
        except RuntimeError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise InputError(
                f"checkpoint {checkpoint}: it is of another model than the config: "
                f"{lines[min(1, len(lines) - 1)]}"
            ) from error
        model.classes = state.get("meta", {}).get("dataset_meta", {}).get("classes")
    return model.to(device).eval()


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
        InputError: The two modalities differ in length or are not (T, channels).
    """
    visual, audio = torch.as_tensor(visual).float(), torch.as_tensor(audio).float()
    if visual.ndim != 2 or audio.ndim != 2 or len(visual) != len(audio) or not len(visual):
        raise InputError(
            f"video {video_id}: visual {tuple(visual.shape)} and audio {tuple(audio.shape)} found, "
            "two arrays (T, channels) of one length expected"
        )
    grid = grid if isinstance(grid, TemporalGrid) else TemporalGrid(**grid)
    if duration is None:
        duration = ((len(visual) - 1) * grid.stride + grid.num_frames) / grid.fps
    sample = build_sample(video_id, float(duration), grid)
    batch = pseudo_collate([dict(inputs=dict(visual=visual, audio=audio), data_samples=sample)])
    return model.test_step(batch)[0]
