"""Evaluating files: what ``tools/evaluate.py`` does."""

import numpy as np

from ..errors import InputError
from ..fileio import read_annotations, read_predictions, write_json
from .functional import DetectionMAP, GroundTruth, Predictions, detection_map
from .metrics.segment_map import DEFAULT_TIOU
from .table import format_table


def evaluate_files(
    predictions: str, annotations: str, subset: str, out: str | None = None, per_class: bool = False
) -> DetectionMAP:
    """Evaluate a prediction file, print the table, and write the figures.

    Args:
        predictions (str): File in ActivityNet form.
        annotations (str): File in the UnAV-100 form.
        subset (str): Split; predictions for videos of other splits are left out.
        out (str | None): Where to write ``tiou``, ``mAP`` and ``average_mAP`` (fractions).
        per_class (bool): Print the AP of every class too.

    Returns:
        DetectionMAP: The figures.

    Raises:
        InputError: A file is bad, or the split empty.
    """
    content = read_annotations(annotations)
    videos = {name: v for name, v in content.videos.items() if v.subset == subset}
    if not videos:
        found = sorted({video.subset for video in content.videos.values()})
        raise InputError(f"{annotations}: no video of subset {subset!r}, the file has {found}")
    truth = GroundTruth(
        [name for name, video in videos.items() for _ in video.labels],
        np.concatenate([video.segments for video in videos.values()]),
        np.concatenate([video.labels for video in videos.values()]),
    )
    found = read_predictions(predictions, content.classes, set(content.videos))
    inside = np.array([name in videos for name in found.video], dtype=bool)
    chosen = Predictions(
        [name for name in found.video if name in videos], *(field[inside] for field in found[1:])
    )
    figures = detection_map(truth, chosen, DEFAULT_TIOU)
    print(f"{len(videos)} videos, {len(truth.labels)} events, {len(chosen.labels)} predictions")
    if len(found.video) > len(chosen.video):
        print(f"{len(found.video) - len(chosen.video)} predictions are of other splits: left out")
    print(format_table(figures))
    if per_class:
        for label, ap in zip(figures.classes, figures.ap, strict=True):
            print(f"{100 * ap.mean():8.2f}  {content.classes[label]}")
    if out:
        write_json(
            out,
            dict(
                tiou=figures.tiou.tolist(),
                mAP=figures.mAP.tolist(),
                average_mAP=figures.average_mAP,
            ),
        )
    return figures
