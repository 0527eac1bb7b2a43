"""An extractor with which files end their process, in its own module."""

import os
import signal
from pathlib import Path

from loco_mm.features import SpectralExtractor
from loco_mm.registry import EXTRACTORS


@EXTRACTORS.register_module("deadly")
class DeadlyExtractor(SpectralExtractor):
    """`spectral`, except that it ends its process once for each line of a file with video ids."""

    def __init__(self, deaths, device="cpu"):
        super().__init__()
        self.deaths = Path(deaths)

    def extract(self, path):
        ids = self.deaths.read_text().split()
        if Path(path).stem in ids:
            ids.remove(Path(path).stem)
            self.deaths.write_text("\n".join(ids))
            self.die()
        return super().extract(path)

    def die(self):
        os.kill(os.getpid(), signal.SIGKILL)
