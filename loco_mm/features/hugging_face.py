"""Image, video and audio models of Hugging Face.

Shape letters: N items, D channels.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..arguments import checked
from ..errors import InputError
from ..media import FrameSpec
from ..optional import require
from ..registry import EXTRACTORS
from ..structures import TemporalGrid
from ..text import first_line
from .base_extractor import COARSE_GRID, BaseExtractor
from .encoders import AudioEncoder, ClipEncoder, FrameEncoder, VisualEncoder
from .torch_models import as_array, ready

_FIX = "pip install 'loco_mm[extractors]'"


def load_part(auto: str, name: str, option: str) -> Any:
    """Load a part with one of the library's ``Auto`` classes, from a name or a folder."""
    transformers = require("transformers", _FIX)
    try:
        return getattr(transformers, auto).from_pretrained(name)
    except Exception as error:  # network errors, invalid files, unknown models
        raise InputError(
            f"{option} {name!r}: {auto} cannot load it: {first_line(error)}"
        ) from error


def _pooled(output: Any) -> Tensor:
    """(N, D) from a model's output: its embedding, its pooled output, or the mean over tokens."""
    for name in ("image_embeds", "audio_embeds", "pooler_output", "last_hidden_state"):
        if not torch.is_tensor(output) and getattr(output, name, None) is not None:
            output = getattr(output, name)
    return output if output.ndim == 2 else output.flatten(1, -2).mean(1)


class _Model:
    """A model and its preprocessor."""

    def __init__(self, name: str, option: str, processor: str, device: str):
        self.processor = load_part(processor, name, option)
        model = ready(load_part("AutoModel", name, option), device)
        self.model, self.device = model, device

    @torch.inference_mode()
    def __call__(self, methods: tuple[str, ...], inputs: Any) -> np.ndarray:
        inputs = {k: v.to(self.device) for k, v in inputs.items() if torch.is_tensor(v)}
        method = next((m for m in methods if hasattr(self.model, m)), None)
        run = self.model if method is None else getattr(self.model, method)
        return as_array(_pooled(run(**inputs)))


class HuggingFaceFrames(FrameEncoder):
    """Embedding of a frame, by models such as CLIP, SigLIP or DINO.

    Args:
        name: Name on Hugging Face, or a folder.
        device: Device of the model.
    """

    def __init__(self, name: str, device: str):
        self.model = _Model(name, "visual", "AutoImageProcessor", device)
        self.spec = FrameSpec(None, _shorter(self.model.processor))
        self.networks = (self.model.model,)
        self.dims = (self.encode_frames(np.zeros((1, 64, 64, 3), np.uint8)).shape[1],)

    def encode_frames(self, frames):
        """See :meth:`FrameEncoder.encode_frames`."""
        inputs = self.model.processor(images=list(frames), return_tensors="pt")
        return self.model(("get_image_features",), inputs)


class HuggingFaceClips(ClipEncoder):
    """Embedding of the frames of a window, by models such as V-JEPA 2 or VideoMAE.

    Args:
        name: Name on Hugging Face, or a folder.
        num_frames: Number of frames per window.
        device: Device of the model.
    """

    def __init__(self, name: str, num_frames: int, device: str):
        self.model = _Model(name, "visual", "AutoVideoProcessor", device)
        self.spec = FrameSpec(None, _shorter(self.model.processor))
        self.networks = (self.model.model,)
        blank = np.zeros((1, num_frames, 64, 64, 3), np.uint8)
        self.dims = (self.encode_clips(blank)[0].shape[1],)

    def encode_clips(self, clips):
        """See :meth:`ClipEncoder.encode_clips`."""
        videos = [torch.from_numpy(clip).movedim(-1, -3) for clip in clips]
        inputs = self.model.processor(videos, return_tensors="pt")
        return (self.model(("get_vision_features", "get_video_features"), inputs),)


class HuggingFaceSound(AudioEncoder):
    """Embedding of the audio of a window, by models such as AST or CLAP.

    Args:
        name: Name on Hugging Face, or a folder.
        seconds: Length of a window in seconds.
        device: Device of the model.
    """

    def __init__(self, name: str, seconds: float, device: str):
        self.model = _Model(name, "audio", "AutoFeatureExtractor", device)
        self.rate = int(self.model.processor.sampling_rate)
        self.networks = (self.model.model,)
        blank = np.zeros((1, round(seconds * self.rate)), np.float32)
        self.dim = self.encode(blank).shape[1]

    def encode(self, sound):
        """See :meth:`AudioEncoder.encode`."""
        inputs = self.model.processor(list(sound), sampling_rate=self.rate, return_tensors="pt")
        return self.model(("get_audio_features",), inputs)


def _visual(name: str, num_frames: int, device: str) -> VisualEncoder:
    """Encoder for a model: models with a video processor encode whole windows."""
    config = load_part("AutoConfig", name, "visual")
    takes_video = any(hasattr(config, key) for key in ("tubelet_size", "frames_per_clip"))
    if takes_video:
        return HuggingFaceClips(name, num_frames, device)
    return HuggingFaceFrames(name, device)


def _shorter(processor: Any) -> int:
    """Number of pixels to which a processor scales the shorter side of frames."""
    size = dict(processor.size)
    return int(size.get("shortest_edge") or max(size.get("height", 0), size.get("width", 0)) or 256)


@EXTRACTORS.register_module("transformers")
class TransformersExtractor(BaseExtractor):
    """Models of Hugging Face, one for frames and one for audio.

    Args:
        visual: Name on Hugging Face, or a folder. An image model (CLIP, SigLIP, ...) encodes each
            frame, and the features are the mean over a window; a video model (V-JEPA 2, ...)
            encodes the frames of a window together.
        audio: An audio model (AST, CLAP, ...), likewise.
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``; by default windows of 1 s with
            a stride of 0.25 s at 8 fps.
        device: Device of the models.
    """

    @checked
    def __init__(
        self,
        visual: str = "google/siglip2-base-patch16-224",
        audio: str = "MIT/ast-finetuned-audioset-10-10-0.4593",
        grid: Any = None,
        device: str = "cpu",
    ):
        grid = TemporalGrid.from_config(grid or COARSE_GRID)
        super().__init__(
            _visual(visual, int(grid.num_frames), device),
            HuggingFaceSound(audio, grid.num_frames / grid.fps, device),
            grid,
            (("_transformers_visual.npy",), "_transformers_audio.npy"),
            dict(visual=visual, audio=audio),
        )
