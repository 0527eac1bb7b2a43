"""Diagnoses as text."""

from ..text import markdown, markdown_table
from .diagnosis import Diagnosis


def diagnosis_text(diagnosis: Diagnosis, most: int = 10) -> str:
    """Format a diagnosis as tables in Markdown, in percent.

    Args:
        diagnosis: The diagnosis.
        most: Number of the worst classes, and of the most frequent confusions.
    """
    at = f"at tIoU {diagnosis.tiou:g}"
    parts = [
        f"{diagnosis.num_videos} videos, {diagnosis.num_events} events, "
        f"{diagnosis.num_predictions} predictions, average mAP {_percent(diagnosis.average_mAP)} %",
        f"Events by group: average normalized mAP, and share of missed events {at} (%)",
        _groups_text(diagnosis),
        f"Kinds of the 10 G best predictions of each class, which has G events, {at} (%), and gain "
        "in average mAP if a kind of error were removed (points)",
        _kinds_text(diagnosis),
        f"Worst classes: AP, and share of missed events {at} (%)",
        _classes_text(diagnosis, most),
        f"Most frequent confusions {at}",
        markdown_table(
            ["class of the event", "predicted class", "predictions"],
            [[markdown(t), markdown(p), str(n)] for t, p, n in diagnosis.confusion[:most]],
        ),
    ]
    return "\n\n".join(parts)


def _groups_text(diagnosis: Diagnosis) -> str:
    rows = [
        [name, g.name, str(g.num_events), _percent(g.normalized_mAP), _percent(g.missed)]
        for name, members in diagnosis.groups.items()
        for g in members
    ]
    return markdown_table(["property", "group", "events", "normalized mAP", "missed"], rows)


def _kinds_text(diagnosis: Diagnosis) -> str:
    costs = {kind: f"{100 * cost:+.1f}" for kind, cost in diagnosis.costs.items()}
    rows = [[kind, _percent(v), costs.get(kind, "")] for kind, v in diagnosis.shares.items()]
    return markdown_table(["kind", "share", "cost"], rows)


def _classes_text(diagnosis: Diagnosis, most: int) -> str:
    worst = sorted(diagnosis.classes.items(), key=lambda item: item[1]["AP"])[:most]
    rows = [
        [markdown(name), str(found["events"]), _percent(found["AP"]), _percent(found["missed"])]
        for name, found in worst
    ]
    return markdown_table(["class", "events", "AP", "missed"], rows)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"
