"""ONE-PEACE (Wang et al., "ONE-PEACE: Exploring One General Representation Model Toward Unlimited
Modalities", 2023), through its own package.

Shape letters: N items, S samples of a window.
"""

import numpy as np
import torch
from torch.nn import functional

from ..arguments import checked
from ..errors import InputError
from ..media import FrameSpec
from ..optional import require
from ..registry import EXTRACTORS
from ..structures import FEATURE_KINDS
from ..text import first_line, warn
from .base_extractor import BaseExtractor
from .encoders import AudioEncoder, FrameEncoder
from .torch_models import as_array, as_images

_CURE = "install it from github.com/OFA-Sys/ONE-PEACE, with the fairseq in its folder"
_WEIGHTS = "they are ONE-PEACE's, as 'one-peace.pt' of its checkpoints.md"
_DIM = 1536
# Normalization of frames in the package, as in CLIP.
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
# Kernels and strides of the package's convolutions over samples.
_CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))


class OnePeaceFrames(FrameEncoder):
    """ONE-PEACE's embedding of a frame.

    Args:
        model: The package's model interface.
        device: Device of the model.
    """

    dims = (_DIM,)
    spec = FrameSpec(256)
    batch = 16

    def __init__(self, model, device: str):
        self.model, self.device = model, device
        self.networks = (model.model,)
        self.mean = torch.tensor(_MEAN, device=device).view(3, 1, 1)
        self.std = torch.tensor(_STD, device=device).view(3, 1, 1)

    @torch.inference_mode()
    def encode_frames(self, frames):
        """See :meth:`FrameEncoder.encode_frames`."""
        images = (as_images(frames, self.device) - self.mean) / self.std
        return as_array(self.model.extract_image_features(self.model.cast_data_dtype(images)))


class OnePeaceSound(AudioEncoder):
    """ONE-PEACE's embedding of the audio of a window.

    Args:
        model: The package's model interface.
        device: Device of the model.
    """

    dim, rate, batch = _DIM, 16000, 16

    def __init__(self, model, device: str):
        self.model, self.device = model, device
        self.networks = (model.model,)

    @torch.inference_mode()
    def encode(self, sound):
        """See :meth:`AudioEncoder.encode`."""
        samples = torch.from_numpy(np.ascontiguousarray(sound)).to(self.device)
        samples = functional.layer_norm(samples, samples.shape[1:])
        tokens = samples.shape[1]
        for kernel, stride in _CONVOLUTIONS:
            tokens = (tokens - kernel) // stride + 1
        # One more token for the whole window, and no padding.
        padding = torch.zeros(len(samples), tokens + 1, dtype=torch.bool, device=self.device)
        samples = self.model.cast_data_dtype(samples)
        return as_array(self.model.extract_audio_features(samples, padding))


@EXTRACTORS.register_module("onepeace")
class OnePeaceExtractor(BaseExtractor):
    """ONE-PEACE on UnAV-100's grid: 16 frames, stride 4, at 16 fps, and audio at 16 kHz.

    The published visual features of UnAV-100 come from a branch of ONE-PEACE that was fine-tuned on
    videos of Kinetics-400 and is not part of the package. The features computed here are the mean
    over a window of the package's embeddings of frames. Train on them, and do not mix them with the
    published ones.

    Args:
        weights: File with ONE-PEACE's weights.
        dtype: ``'float32'``, ``'fp16'`` or ``'bf16'``.
        device: Device of the model.
    """

    @checked
    def __init__(self, weights: str | None = None, dtype: str = "float32", device: str = "cpu"):
        models = require("one_peace.models", _CURE)
        if weights is None:
            raise InputError(f"weights is missing. Fix: give the file; {_WEIGHTS}")
        try:
            model = models.from_pretrained(weights, device=device, dtype=dtype)
        except Exception as error:  # the package and fairseq can raise anything
            reason = first_line(error)
            raise InputError(f"weights {weights}: ONE-PEACE cannot load it: {reason}") from error
        warn(
            "visual features of the ONE-PEACE package are not UnAV-100's published ones, which "
            "come from a fine-tuned branch: train on what you extract"
        )
        kind = FEATURE_KINDS["onepeace"]
        super().__init__(
            OnePeaceFrames(model, device),
            OnePeaceSound(model, device),
            kind.grid,
            (kind.visual.suffixes, kind.audio.suffixes[0]),
            dict(dtype=dtype),
        )
