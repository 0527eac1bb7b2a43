"""Checks of datasets with a label for each segment.

Shape letters: T segments.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from ...datasets.avel import AVELDataset
from ...errors import InputError
from .report import Finding, Report


def check_segments(
    report: Report,
    name: str,
    dataset: AVELDataset,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Counter | None:
    """Read all samples of a split, and report problems.

    Args:
        report: Report to which findings and statistics are added.
        name: Name of the split.
        dataset: The dataset, before it has read its files.
        progress: Wraps the samples.

    Returns:
        Counter | None: Number of videos of each class, by name; None if the split cannot be read.
    """
    try:
        dataset.full_init()
    except InputError as error:
        report.findings.append(Finding("error", "annotations", name, str(error)))
        return None
    faults, still = [], []
    counts: Counter = Counter()
    classes = dataset.metainfo["classes"]
    for index in progress(range(len(dataset))):
        info = dataset.get_data_info(index)
        label = info["label"]
        counts["background" if label == len(classes) else classes[label]] += 1
        try:
            sample = dataset.prepare_data(index)
        except InputError as error:
            faults.append(str(error))
            continue
        for modality, array in sample["inputs"].items():
            if _is_constant(np.asarray(array)):
                still.append(f"{info['video_id']} ({modality})")
    report.splits[name] = dict(videos=len(dataset), classes=len(set(counts) - {"background"}))
    total = len(dataset)
    report.findings += Finding.of(
        "error", "unreadable", name, "videos cannot be used", faults, total
    )
    report.findings += Finding.of(
        "warning", "still", name, "videos have constant features", still, total
    )
    return counts


def _is_constant(features: np.ndarray) -> bool:
    """Whether all segments have the same features (T, ...)."""
    return len(features) > 1 and bool((features[1:] == features[:-1]).all())
