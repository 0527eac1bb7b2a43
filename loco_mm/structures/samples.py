"""Predictions in a data sample of any task.

Shape letters: T segments of a video, M predictions, K scores.
"""

from typing import Any

from .events import Events


def predicted_events(sample: Any, background: int) -> Events:
    """Predictions of a sample as events.

    Args:
        sample (ActionDataSample | dict): With ``pred_instances``: segments (M, 2) in seconds,
            scores (M,) and labels (M,); or with ``pred_segment_labels`` (T,) and
            ``pred_segment_scores`` (T, K) of segments of one second, of which consecutive ones with
            the same label form an event.
        background: Label of background.
    """
    found = sample.get("pred_instances")
    if found is not None:
        return Events.from_instances(found)
    labels, scores = (sample.get(f"pred_segment_{name}") for name in ("labels", "scores"))
    return Events.from_labels(labels.cpu().numpy(), scores.cpu().numpy(), background)
