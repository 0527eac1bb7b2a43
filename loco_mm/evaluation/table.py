"""The mAP table that tools and the runner print."""

from .functional import DetectionMAP


def format_table(figures: DetectionMAP) -> str:
    """Two lines: thresholds, and mAP in percent."""
    heads = [f"{tiou:.2g}" for tiou in figures.tiou] + ["Avg"]
    values = [f"{100 * value:.2f}" for value in (*figures.mAP, figures.average_mAP)]
    head = "tIoU    " + "".join(f"{text:>8s}" for text in heads)
    return f"{head}\nmAP (%) " + "".join(f"{text:>8s}" for text in values)
