"""Loading features.

Shape letters: T steps, Dv and Da channels of the features.
"""

import numpy as np

from ...errors import InputError
from ...registry import TRANSFORMS
from ...structures import MODALITIES
from ...text import warn
from ..feature_files import FREE_STEPS, lengths_differ
from ..feature_sources import open_features


@TRANSFORMS.register_module()
class LoadAVFeatures:
    """Loads the visual and audio features of a video and truncates them to equal length.

    Location and kind of the features come from the dataset.
    """

    def __call__(self, results: dict) -> dict:
        """Add ``visual`` (T, Dv) and ``audio`` (T, Da) float32 and ``grid``.

        Args:
            results: ``video_id``, ``features_dir`` and ``features``, a :class:`FeatureKind`;
                optionally ``modalities``, the ones to load; the other is filled with zeros; and
                ``source``, the open features.

        Raises:
            InputError: Features are missing or invalid, such as NaN; or the two lengths differ by
                more than 10 %.
        """
        kind, folder, video_id = (results[n] for n in ("features", "features_dir", "video_id"))
        if kind is None:
            raise InputError("dataset.features is missing: LoadAVFeatures needs to know their kind")
        read = results.get("modalities", MODALITIES)
        source = results.get("source") or open_features(folder, kind, read)
        loaded = {modality: source.read(video_id, modality) for modality in read}
        for other in set(MODALITIES) - set(read):
            shape = len(loaded[read[0]]), kind.stream(other).dim
            loaded[other] = np.zeros(shape, np.float32)
        visual, audio = (len(loaded[m]) for m in MODALITIES)
        text = f"{visual} visual and {audio} audio steps"
        if lengths_differ(visual, audio):
            raise InputError(
                f"video {video_id}: expected lengths within 10 %, got {text} in {folder}: extract "
                "both again with the grid of dataset.features.grid"
            )
        if abs(visual - audio) > FREE_STEPS:
            warn(f"video {video_id}: {text}, cut to the shorter", stacklevel=2)
        for modality, features in loaded.items():
            results[modality] = features[: min(visual, audio)]
        results["grid"] = kind.grid
        return results
