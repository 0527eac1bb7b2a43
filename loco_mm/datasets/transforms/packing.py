"""Packing a sample for the model.

Shape letters: T steps, N events, Dv and Da channels of the features.
"""

import numpy as np
import torch
from mmengine.structures import InstanceData

from ...registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackAVInputs:
    """Packs a sample into ``inputs`` and ``data_samples``.

    ``inputs`` are ``visual`` (T, Dv) and ``audio`` (T, Da). The data sample's ``gt_instances``
    are the crop's events in grid steps; its meta holds ``video_id``, ``duration`` (s), ``grid``,
    and the whole video's events, ``gt_segments_sec`` (N, 2) and ``gt_labels`` (N,): the metric
    reads them there, so that several processes agree with one.
    """

    def __call__(self, results: dict) -> dict:
        """Pack one sample."""
        # Importing it costs half a second, which `import loco_mm` should not.
        from mmaction.structures import ActionDataSample

        inputs = {
            name: torch.from_numpy(np.ascontiguousarray(results[name]))
            for name in ("visual", "audio")
        }
        sample = ActionDataSample(
            metainfo=dict(
                video_id=results["video_id"],
                duration=results["duration"],
                grid=results["grid"],
                gt_segments_sec=results["segments_sec"],
                gt_labels=results["labels_all"],
            )
        )
        sample.gt_instances = InstanceData(
            segments=torch.from_numpy(results["segments"]),
            labels=torch.from_numpy(results["labels"]),
        )
        return dict(inputs=inputs, data_samples=sample)
