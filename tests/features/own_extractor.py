"""A user-defined extractor in its own module."""

from multiprocessing import parent_process

import numpy as np

from loco_mm.errors import InputError
from loco_mm.features import BaseExtractor, FrameEncoder
from loco_mm.features.spectral import SoundStatistics
from loco_mm.media import FrameSpec
from loco_mm.registry import EXTRACTORS


class Brightness(FrameEncoder):
    """One channel: the mean of a frame."""

    dims = (1,)
    spec = FrameSpec(32)

    def encode_frames(self, frames):
        return frames.mean((1, 2, 3), dtype=np.float32)[:, None]


@EXTRACTORS.register_module("brightness")
class BrightnessExtractor(BaseExtractor):
    """Brightness, and the audio features of `spectral`."""

    def __init__(self, alone=False):
        if alone and parent_process() is not None:
            raise InputError("no worker has what it needs")
        grid, files = dict(fps=8, num_frames=8, stride=2), ("_brightness.npy",)
        super().__init__(Brightness(), SoundStatistics(), grid, (files, "_spectral_audio.npy"))
