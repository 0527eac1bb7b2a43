"""Tables printed by tools and the runner."""

from collections.abc import Sequence

from ..text import printable
from .functional import DetectionMAP, SegmentFigures


def format_table(figures: DetectionMAP) -> str:
    """Two lines: thresholds, and mAPs in percent."""
    heads = [f"{tiou:.2g}" for tiou in figures.tiou] + ["Avg"]
    values = [f"{100 * value:.2f}" for value in (*figures.mAP, figures.average_mAP)]
    head = "tIoU    " + "".join(f"{text:>8s}" for text in heads)
    return f"{head}\nmAP (%) " + "".join(f"{text:>8s}" for text in values)


def format_segment_table(figures: SegmentFigures, names: Sequence[str] = ()) -> str:
    """Accuracies in percent, including those of the named classes."""
    rows = [
        ("accuracy (%)", figures.accuracy),
        ("recall of background", figures.background_recall),
        ("mean over classes", figures.mean_class_accuracy),
        ("true class everywhere", figures.true_class_everywhere),
        *((printable(name), figures.class_accuracy[i]) for i, name in enumerate(names)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}s}{100 * share:8.2f}" for name, share in rows)
