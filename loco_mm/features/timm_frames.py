"""Image models of timm for pictures."""

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

# Of timm's, those that FFmpeg has as well.
_SCALINGS = ("bicubic", "bilinear", "lanczos")


class TimmFrames(FrameEncoder):
    """Pooled features of a picture, of a model of timm without its classifier.

    Args:
        model: The model's name in timm.
        weights: File of a state dict; without it timm's own weights are taken, which
            it downloads.
        pretrained: False for random weights.
        device: Where it runs.
    """

    def __init__(self, model: str, weights: str | None, pretrained: bool, device: str):
        timm = require("timm", "pip install timm")
        try:
            network = timm.create_model(model, pretrained=pretrained and weights is None)
        except Exception as error:  # of timm's registry, or of the download
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
    """An image model of timm for the pictures, statistics for the sound.

    Args:
        model: The model's name in timm.
        weights: File of the model's state dict, classifier included; without it, timm
            downloads its own.
        pretrained: False for random weights.
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``; by default a second every
            quarter, of a video at 8 pictures a second.
        device: Where the model runs.
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
