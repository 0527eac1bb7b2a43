"""I3D and VGGish, as UnAV-100 has them.

Shape letters: N windows, S samples of a window, P pairs of pictures, H and W pixels.
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

# Pixels that I3D sees, and of motion per picture.
_SIDE, _LIMIT = 224, 20.0
_I3D = "they are Inception I3D's for Kinetics-400, as 'i3d_{}.pt' of v-iashin/video_features"
_RAFT = (
    "they are torchvision's Raft_Large_Weights.C_T_SKHT_V2: torch.save(torchvision.models."
    "optical_flow.raft_large(weights='C_T_SKHT_V2').state_dict(), 'raft_large.pth')"
)
_VGGISH = "they are VGGish's, as 'vggish-10086976.pth' of harritaylor/torchvggish"


class I3DFrames(VisualEncoder):
    """I3D on colours and on the optical flow that RAFT finds, the shorter side at 256 pixels.

    Flow is found on whole pictures, between each and the next, so that a window needs one more;
    both networks see the middle 224 x 224 pixels. Flow is cut at 20 pixels and kept in 255 steps,
    as I3D was trained on.

    Args:
        rgb: Weights of I3D for colours.
        flow: Weights of I3D for flow.
        raft: Weights of RAFT.
        device: Where they run.
    """

    dims = (InceptionI3D.dim, InceptionI3D.dim)
    spec = FrameSpec(None, 256, "bilinear")
    extra_frames = 1
    # Pairs of pictures of which the flow is found together, and windows encoded together.
    pairs, batch = 8, 4

    def __init__(self, rgb: str | None, flow: str | None, raft: str | None, device: str):
        fix = "pip install the torchvision that fits your torch"
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
        """Each picture (3, 224, 224) and the flow (2, 224, 224) to the next, both in [-1, 1]."""
        pairs = sliding(frames, 2, 1, 2**62)
        for batch in batches(pairs, self.pairs):
            images = [frame for frame, _ in batch] + [batch[-1][1]]
            whole = 2 * as_images(np.stack(images), self.device) - 1
            yield from zip(_middle(whole[:-1]), _scaled(self._flow(whole)), strict=True)

    def _flow(self, images: Tensor) -> Tensor:
        """(P, 2, H, W) pixels of motion between (P + 1, 3, H, W) pictures."""
        height, width = images.shape[-2:]
        # RAFT takes multiples of 8, and needs 128 pixels.
        rows, columns = -height % 8, -width % 8
        pads = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        padded = functional.pad(images, pads, mode="replicate")
        flow = self.raft(padded[:-1], padded[1:], num_flow_updates=20)[-1]
        return flow[..., pads[2] : pads[2] + height, pads[0] : pads[0] + width]


class VGGishSound(AudioEncoder):
    """VGGish of 0.96 s: 96 frames of 25 ms, one each 10 ms, of which the last reaches 15 ms beyond.

    Args:
        weights: Weights of VGGish.
        pca: File with ``pca_eigen_vectors`` (128, 128) and ``pca_means`` (128,): the
            features are then whitened, cut at 2 and kept in 255 steps from 0 to 255, as AudioSet's
            release has them.
        device: Where it runs.
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
    """I3D (colours and flow) and VGGish on UnAV-100's grid: 24 pictures every 8 at 25 a second.

    Args:
        rgb: File of the weights of I3D for colours.
        flow: File of the weights of I3D for optical flow.
        raft: File of the weights of RAFT, which finds the flow.
        vggish: File of the weights of VGGish.
        pca: File of VGGish's whitening; without it, its embeddings are left as they
            are.
        device: Where the models run.
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
    """Flow in pixels to [-1, 1], in the steps that I3D was trained on."""
    steps = (128 + 255 / 40 * _middle(flow).clamp(-_LIMIT, _LIMIT)).round()
    return 2 * steps / 255 - 1
