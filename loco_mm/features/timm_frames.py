"""Image models of timm for frames."""

from typing import Any

import numpy as np
import torch

from ..arguments import checked
from ..errors import InputError
from ..media import FrameSpec
from ..optional import require
from ..registry import EXTRACTORS
from ..text import first_line
from .base_extractor import COARSE_GRID, BaseExtractor
from .encoders import FrameEncoder
from .spectral import SoundStatistics
from .torch_models import as_array, as_images, load_weights, ready

# Interpolations of timm that FFmpeg supports as well.
_SCALINGS = ("bicubic", "bilinear", "lanczos")


class TimmFrames(FrameEncoder):
    """Pooled features of a frame, by a model of timm without its classifier.

    Args:
        model: Name of the model in timm.
        weights: File with a state dict; by default timm downloads its own weights.
        pretrained: False for random weights.
        device: Device of the model.
    """

    def __init__(self, model: str, weights: str | None, pretrained: bool, device: str):
        timm = require("timm", "pip install 'loco_mm[extractors]'")
        try:
            network = timm.create_model(model, pretrained=pretrained and weights is None)
        except Exception as error:  # unknown model, or a failed download
            raise InputError(
                f"model {model!r}: timm cannot make it: {first_line(error)}"
            ) from error
        if weights is not None:
            load_weights(network, weights, "weights", f"give those of timm's {model}")
        network.reset_classifier(0)
        self.network, self.device = ready(network, device), device
        self.networks = (network,)
        config = timm.data.resolve_model_data_config(network)
        size = config["input_size"][-1]
        scaling = config["interpolation"] if config["interpolation"] in _SCALINGS else "bicubic"
        self.spec = FrameSpec(size, round(size / config["crop_pct"]), scaling)
        shape = (3, 1, 1)
        self.mean = torch.tensor(config["mean"], device=device).view(shape)
        self.std = torch.tensor(config["std"], device=device).view(shape)
        self.dims = (self.encode_frames(np.zeros((1, size, size, 3), np.uint8)).shape[1],)

    @torch.inference_mode()
    def encode_frames(self, frames):
        """See :meth:`FrameEncoder.encode_frames`."""
        return as_array(self.network((as_images(frames, self.device) - self.mean) / self.std))


@EXTRACTORS.register_module("timm")
class TimmExtractor(BaseExtractor):
    """An image model of timm for frames, and spectral statistics for audio.

    Args:
        model: Name of the model in timm.
        weights: File with the model's state dict, including the classifier; by default timm
            downloads its own weights.
        pretrained: False for random weights.
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``; by default windows of 1 s with
            a stride of 0.25 s at 8 fps.
        device: Device of the model.
    """

    @checked
    def __init__(
        self,
        model: str = "resnet50",
        weights: str | None = None,
        pretrained: bool = True,
        grid: Any = None,
        device: str = "cpu",
    ):
        super().__init__(
            TimmFrames(model, weights, pretrained, device),
            SoundStatistics(),
            grid or COARSE_GRID,
            (("_timm_visual.npy",), "_spectral_audio.npy"),
            dict(model=model),
        )
