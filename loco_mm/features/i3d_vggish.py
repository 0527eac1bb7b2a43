"""I3D and VGGish features, as published for UnAV-100.

Shape letters: N windows, S samples of a window, P pairs of frames, H and W pixels.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arguments import checked
from ..arrays import as_numbers
from ..fileio import read_arrays
from ..media import FrameSpec
from ..optional import require
from ..registry import EXTRACTORS
from ..structures import FEATURE_KINDS
from .base_extractor import BaseExtractor
from .encoders import AudioEncoder, VisualEncoder
from .mel import MelSpectrum
from .networks import InceptionI3D, VGGish
from .torch_models import as_array, as_images, load_weights, ready
from .windows import batches, sliding

# Size of I3D's input in pixels, and range of its flow in pixels per frame.
_SIDE, _LIMIT = 224, 20.0
_I3D = "they are Inception I3D's for Kinetics-400, as 'i3d_{}.pt' of v-iashin/video_features"
_RAFT = (
    "they are torchvision's Raft_Large_Weights.C_T_SKHT_V2: torch.save(torchvision.models."
    "optical_flow.raft_large(weights='C_T_SKHT_V2').state_dict(), 'raft_large.pth')"
)
_VGGISH = "they are VGGish's, as 'vggish-10086976.pth' of harritaylor/torchvggish"


class I3DFrames(VisualEncoder):
    """I3D on RGB frames and on optical flow by RAFT, with the shorter side at 256 pixels.

    Flow is computed on whole frames, from each frame to the next, so that a window needs one more.
    Both networks use the central 224 x 224 pixels. Flow is clipped at 20 pixels and quantized in
    255 steps, as in I3D's training.

    Args:
        rgb: Weights of I3D for RGB.
        flow: Weights of I3D for flow.
        raft: Weights of RAFT.
        device: Device of the models.
    """

    dims = (InceptionI3D.dim, InceptionI3D.dim)
    spec = FrameSpec(None, 256, "bilinear")
    extra_frames = 1
    # Number of frame pairs per batch for flow, and of windows per batch for I3D.
    pairs, batch = 8, 4

    def __init__(self, rgb: str | None, flow: str | None, raft: str | None, device: str):
        fix = "pip install 'loco_mm[extractors]'"
        require("torchvision", fix)
        flows = require("torchvision.models.optical_flow", fix)
        self.rgb, self.flow = InceptionI3D(3), InceptionI3D(2)
        self.raft = flows.raft_large(weights=None)
        load_weights(self.rgb, rgb, "rgb", _I3D.format("rgb"))
        load_weights(self.flow, flow, "flow", _I3D.format("flow"))
        load_weights(self.raft, raft, "raft", _RAFT)
        self.device = device
        self.networks = (self.rgb, self.flow, self.raft)
        for network in self.networks:
            ready(network, device)

    @torch.inference_mode()
    def encode(self, frames, windows):
        """See :meth:`VisualEncoder.encode`."""
        moving = self._with_flow(frames)
        clips = sliding(moving, windows.size, windows.stride, windows.count)
        for batch in batches(clips, self.batch):
            rgb, flow = (
                torch.stack([torch.stack([step[part] for step in clip], 1) for clip in batch])
                for part in (0, 1)
            )
            yield as_array(self.rgb(rgb)), as_array(self.flow(flow))

    def _with_flow(self, frames: Iterator[np.ndarray]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each frame (3, 224, 224) and the flow (2, 224, 224) to the next, in [-1, 1]."""
        pairs = sliding(frames, 2, 1, 2**62)
        for batch in batches(pairs, self.pairs):
            images = [frame for frame, _ in batch] + [batch[-1][1]]
            whole = 2 * as_images(np.stack(images), self.device) - 1
            yield from zip(_middle(whole[:-1]), _scaled(self._flow(whole)), strict=True)

    def _flow(self, images: Tensor) -> Tensor:
        """(P, 2, H, W) flow in pixels between frames (P + 1, 3, H, W)."""
        height, width = images.shape[-2:]
        # RAFT needs sizes that are multiples of 8 and at least 128 pixels.
        rows, columns = -height % 8, -width % 8
        pads = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        padded = functional.pad(images, pads, mode="replicate")
        flow = self.raft(padded[:-1], padded[1:], num_flow_updates=20)[-1]
        return flow[..., pads[2] : pads[2] + height, pads[0] : pads[0] + width]


class VGGishSound(AudioEncoder):
    """VGGish on 0.96 s: 96 frames of 25 ms every 10 ms, the last of which ends 15 ms later.

    Args:
        weights: Weights of VGGish.
        pca: File with ``pca_eigen_vectors`` (128, 128) and ``pca_means`` (128,). If given, features
            are whitened, clipped at 2 and quantized to 0 ... 255, as in AudioSet's release.
        device: Device of the model.
    """

    dim = VGGish.dim
    rate = 16000
    extra_samples = 240

    def __init__(self, weights: str | None, pca: str | None, device: str):
        network = VGGish()
        load_weights(network, weights, "vggish", _VGGISH)
        self.network, self.device = ready(network, device), device
        self.networks = (network,)
        self.spectrum = MelSpectrum(self.rate)
        self.pca = None
        if pca is not None:
            found = read_arrays(pca, ("pca_eigen_vectors", "pca_means"))
            vectors = as_numbers(f"{pca}: pca_eigen_vectors", found[0], (128, 128))
            means = as_numbers(f"{pca}: pca_means", found[1].reshape(-1), (128,))
            self.pca = vectors.astype(np.float64), means.astype(np.float64)

    @torch.inference_mode()
    def encode(self, sound):
        """See :meth:`AudioEncoder.encode`."""
        levels = np.log(self.spectrum(sound) + 0.01).astype(np.float32)
        features = as_array(self.network(torch.from_numpy(levels).to(self.device)))
        if self.pca is None:
            return features
        vectors, means = self.pca
        whitened = np.clip((features - means) @ vectors.T, -2, 2)
        return np.round((whitened + 2) * (255 / 4)).astype(np.float32)


@EXTRACTORS.register_module("i3d-vggish")
class I3DVGGishExtractor(BaseExtractor):
    """I3D (RGB and flow) and VGGish on UnAV-100's grid: 24 frames, stride 8, at 25 fps.

    Args:
        rgb: File with weights of I3D for RGB.
        flow: File with weights of I3D for optical flow.
        raft: File with weights of RAFT, which computes the flow.
        vggish: File with weights of VGGish.
        pca: File with VGGish's PCA; without it, its embeddings are not whitened.
        device: Device of the models.
    """

    @checked
    def __init__(
        self,
        rgb: str | None = None,
        flow: str | None = None,
        raft: str | None = None,
        vggish: str | None = None,
        pca: str | None = None,
        device: str = "cpu",
    ):
        kind = FEATURE_KINDS["i3d-vggish"]
        super().__init__(
            I3DFrames(rgb, flow, raft, device),
            VGGishSound(vggish, pca, device),
            kind.grid,
            (kind.visual.suffixes, kind.audio.suffixes[0]),
            dict(whitened=pca is not None),
        )


def _middle(images: Tensor) -> Tensor:
    top, left = ((size - _SIDE) // 2 for size in images.shape[-2:])
    return images[..., top : top + _SIDE, left : left + _SIDE]


def _scaled(flow: Tensor) -> Tensor:
    """Flow in pixels, scaled to [-1, 1] and quantized as in I3D's training."""
    steps = (128 + 255 / 40 * _middle(flow).clamp(-_LIMIT, _LIMIT)).round()
    return 2 * steps / 255 - 1
