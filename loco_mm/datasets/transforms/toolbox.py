"""Samples in the form that models of MMAction2 read.

Shape letters: T steps, N events, C classes, S resampled steps, Dv and Da channels of the features.
"""

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import PositiveInt

from ...arguments import checked
from ...registry import TRANSFORMS


def resampled_features(results: dict, length: int) -> np.ndarray:
    """(S, Dv + Da) features of both modalities at equally spaced times, interpolated linearly.

    Args:
        results: ``visual`` (T, Dv) and ``audio`` (T, Da).
        length: Number of steps S.
    """
    features = np.concatenate([results["visual"], results["audio"]], axis=1)
    channels = torch.from_numpy(features.T)[None]
    return F.interpolate(channels, size=length, mode="linear")[0].T.contiguous().numpy()


@TRANSFORMS.register_module()
class ToLocalizationInputs:
    """Converts a sample of ``LoadAVFeatures`` to that of MMAction2's ``ActivityNetDataset``.

    Models such as BMN can thus be trained on audio-visual features. ``PackLocalizationInputs`` of
    MMAction2 follows.

    Args:
        length: Number of steps S, the model's ``temporal_dim``.
    """

    @checked
    def __init__(self, length: PositiveInt = 100):
        self.length = length

    def __call__(self, results: dict) -> dict:
        """Add the entries of ``ActivityNetDataset``.

        These are ``raw_feature`` (Dv + Da, S), ``gt_bbox`` (N, 2) as fractions of the video,
        ``annotations``, ``video_name``, ``duration_second``, ``duration_frame`` and
        ``feature_frame``.

        Args:
            results: ``visual`` (T, Dv), ``audio`` (T, Da), ``segments`` (N, 2) in seconds,
                ``labels`` (N,), ``duration`` and ``video_id``.
        """
        seconds, duration = results["segments"], results["duration"]
        frames = len(results["visual"])
        return results | dict(
            raw_feature=np.ascontiguousarray(resampled_features(results, self.length).T),
            gt_bbox=(seconds / duration).clip(0, 1).astype(np.float32),
            annotations=[
                dict(segment=segment, label=label)
                for segment, label in zip(seconds.tolist(), results["labels"].tolist(), strict=True)
            ],
            # Its metrics remove the first two characters.
            video_name=f"v_{results['video_id']}",
            duration_second=duration,
            duration_frame=frames,
            feature_frame=frames,
        )


@TRANSFORMS.register_module()
class ToRecognitionInputs:
    """Converts a sample of ``LoadAVFeatures`` to that of a dataset for MMAction2's recognizers.

    The recognizer reads the features like a spectrogram, and predicts which classes occur.
    ``PackActionInputs`` of MMAction2 follows.

    Args:
        num_classes: Number of classes C.
        length: Number of steps S.
    """

    @checked
    def __init__(self, num_classes: PositiveInt, length: PositiveInt = 100):
        self.num_classes = num_classes
        self.length = length

    def __call__(self, results: dict) -> dict:
        """Add ``audios`` (1, 1, S, Dv + Da) and ``label`` (C,), 1 for each class that occurs.

        Args:
            results: ``visual`` (T, Dv), ``audio`` (T, Da) and ``labels`` (N,).
        """
        label = torch.zeros(self.num_classes)
        label[results["labels"]] = 1
        audios = resampled_features(results, self.length)[None, None]
        return results | dict(audios=audios, label=label)
