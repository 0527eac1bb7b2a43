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

    def lengths(self, sample: dict) -> tuple[int, int]:
        """Steps of the visual and of the audio features of a sample, from the files' headers.

        Raises:
            InputError: A file is missing, no plain array, of another width, or empty.
        """
        visual, audio = (
            min(map(len, self._arrays(sample, name, mapped=True))) for name in ("visual", "audio")
        )
        return visual, audio

    def are_apart(self, visual: int, audio: int) -> bool:
        """Whether lengths differ by more than two steps and 10 % of the longer."""
        return abs(visual - audio) > max(self.WARN_STEPS, self.REFUSE_SHARE * max(visual, audio))

    def __call__(self, results: dict) -> dict:
        """Add ``visual`` (T, Dv) and ``audio`` (T, Da) float32 and ``grid``.

        Raises:
            InputError: A file is missing, no plain array, of another width, empty, or holds NaN
                or inf; or the modalities differ in length by more than 10 %.
        """
        for name in self.streams:
            parts = self._arrays(results, name)
            steps = min(map(len, parts))
            results[name] = np.concatenate([part[:steps] for part in parts], axis=1)
            self._check_finite(results, name)
        visual, audio = len(results["visual"]), len(results["audio"])
        text = f"video {results['video_id']}: {visual} visual and {audio} "
        if self.are_apart(visual, audio):
            raise InputError(
                f"{text}audio steps found in {results['features_dir']}, lengths within 10 % "
                "expected: extract both anew with the grid of LoadAVFeatures.grid"
            )
        if abs(visual - audio) > self.WARN_STEPS:
            warnings.warn(f"{text}audio steps, cut to the shorter", stacklevel=2)
        for name in self.streams:
            features = results[name][: min(visual, audio)]
            results[name] = features.astype(np.float32, copy=False)
        results["grid"] = self.grid
        return results

    def _arrays(self, sample: dict, name: str, mapped: bool = False) -> list[np.ndarray]:
        """The arrays of a stream; of mapped ones no more than the header is read yet."""
        suffixes, dim = self.streams[name]
        folder, video_id = sample["features_dir"], sample["video_id"]
        paths = [os.path.join(folder, f"{video_id}{suffix}") for suffix in suffixes]
        parts = [_load_array(path, mapped) for path in paths]
        width = sum(part.shape[1] for part in parts)
        if width != dim:
            raise InputError(
                f"{paths[-1]}: {width} {name} channels found, {dim} expected: change "
                f"LoadAVFeatures.{name}.dim and model.encoder.{name}_dim, or the feature files"
            )
        return parts

    def _check_finite(self, results: dict, name: str) -> None:
        features = results[name]
        # A sum is finite only when all terms are, and needs no array of flags.
        if not np.isfinite(features.sum(dtype=np.float64)):
            bad = int((~np.isfinite(features)).sum())
            path = os.path.join(results["features_dir"], results["video_id"])
            raise InputError(
                f"{path}{self.streams[name][0][-1]}: {bad} values are NaN or inf, finite "
                "features expected"
            )


def _load_array(path: str, mapped: bool) -> np.ndarray:
    """A (T, channels) array of a plain ``.npy`` file."""
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
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
