"""Loading features.

Shape letters: T steps, Dv and Da channels of the features.
"""

import os
import warnings

import numpy as np

from ...errors import InputError
from ...registry import TRANSFORMS
from ...structures import TemporalGrid


@TRANSFORMS.register_module()
class LoadAVFeatures:
    """Loads the visual and audio features of a video and cuts them to the shorter.

    Args:
        visual (dict): ``suffixes``: the files ``{video_id}{suffix}``, joined along the channels;
            ``dim``: their channels Dv together.
        audio (dict): The same of the audio features, Da.
        grid (dict): ``fps``, ``num_frames`` and ``stride`` of :class:`TemporalGrid`.
    """

    # Steps, and share of the longer, by which the two modalities may differ.
    WARN_STEPS = 2
    REFUSE_SHARE = 0.1

    def __init__(self, visual: dict, audio: dict, grid: dict):
        self.grid = TemporalGrid(**grid)
        self.streams = {}
        for name, stream in (("visual", visual), ("audio", audio)):
            if set(stream) != {"suffixes", "dim"} or not stream["suffixes"]:
                raise InputError(
                    f"LoadAVFeatures.{name} has keys {sorted(stream)}, 'suffixes' (a list) and "
                    "'dim' expected"
                )
            self.streams[name] = (tuple(stream["suffixes"]), int(stream["dim"]))

    def feature_files(self, sample: dict) -> list[str]:
        """Names of all files of a sample, in its ``features_dir``."""
        suffixes = [s for stream, _ in self.streams.values() for s in stream]
        return [f"{sample['video_id']}{suffix}" for suffix in suffixes]

    def __call__(self, results: dict) -> dict:
        """Add ``visual`` (T, Dv) and ``audio`` (T, Da) float32 and ``grid``.

        Raises:
            InputError: A file is missing, no plain array, of another width, empty, or holds NaN
                or inf; or the modalities differ in length by more than 10 %.
        """
        for name, (suffixes, dim) in self.streams.items():
            results[name] = self._load_stream(results, name, suffixes, dim)
        lengths = {name: len(results[name]) for name in self.streams}
        short, long = min(lengths.values()), max(lengths.values())
        text = f"video {results['video_id']}: {lengths['visual']} visual and {lengths['audio']} "
        if long - short > max(self.WARN_STEPS, self.REFUSE_SHARE * long):
            raise InputError(
                f"{text}audio steps found in {results['features_dir']}, lengths within 10 % "
                "expected: extract both anew with the grid of LoadAVFeatures.grid"
            )
        if long - short > self.WARN_STEPS:
            warnings.warn(f"{text}audio steps, cut to the shorter", stacklevel=2)
        for name in self.streams:
            results[name] = results[name][:short]
        results["grid"] = self.grid
        return results

    def _load_stream(self, results: dict, name: str, suffixes: tuple, dim: int) -> np.ndarray:
        parts = []
        for suffix in suffixes:
            path = os.path.join(results["features_dir"], f"{results['video_id']}{suffix}")
            parts.append(_load_array(path))
        steps = min(len(part) for part in parts)
        features = np.concatenate([part[:steps] for part in parts], axis=1)
        if features.shape[1] != dim:
            raise InputError(
                f"{path}: {features.shape[1]} {name} channels found, {dim} expected: change "
                f"LoadAVFeatures.{name}.dim and model.encoder.{name}_dim, or the feature files"
            )
        # A sum is finite only when all terms are, and needs no array of flags.
        if not np.isfinite(features.sum(dtype=np.float64)):
            bad = int((~np.isfinite(features)).sum())
            raise InputError(f"{path}: {bad} values are NaN or inf, finite features expected")
        return features.astype(np.float32, copy=False)


def _load_array(path: str) -> np.ndarray:
    """A (T, channels) array of a plain ``.npy`` file."""
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(
            f"feature file {path}: no such file; set dataset.missing_features='skip' to go on "
            "without such videos"
        ) from error
    except (ValueError, EOFError, OSError) as error:
        if "pickle" in str(error):
            raise InputError(
                f"feature file {path}: pickled objects are refused, as they can carry code; save "
                "a plain float array with numpy.save"
            ) from error
        raise InputError(
            f"feature file {path}: cannot be read as a .npy array: {error}; extract it anew"
        ) from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size:
        shape = getattr(array, "shape", type(array).__name__)
        raise InputError(f"feature file {path}: shape {shape} found, (T, channels) expected")
    if array.dtype.kind not in "fiu":
        raise InputError(f"feature file {path}: type {array.dtype} found, numbers expected")
    return array
