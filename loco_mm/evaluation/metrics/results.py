"""What a metric keeps of each video.

Shape letters: M predictions of a video.
"""

import numpy as np
import torch


def as_array(values) -> np.ndarray:
    """Values of any device as an array."""
    return values.cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def result_of(sample: dict) -> dict:
    """``video_id`` of a sample, and segments (M, 2), scores and labels (M,) of its predictions."""
    predicted = sample["pred_instances"]
    arrays = {name: as_array(predicted[name]) for name in ("segments", "scores", "labels")}
    return dict(video_id=sample["video_id"], **arrays)


def results_of_skipped(dataset_meta: dict | None) -> list[dict]:
    """Results of the videos that a dataset skipped: without predictions, with ground truth."""
    return [
        dict(
            video_id=video["video_id"],
            segments=np.zeros((0, 2)),
            scores=np.zeros(0),
            labels=np.zeros(0, dtype=int),
            gt_segments=video["segments"],
            gt_labels=video["labels"],
        )
        for video in (dataset_meta or {}).get("skipped_videos", ())
    ]
