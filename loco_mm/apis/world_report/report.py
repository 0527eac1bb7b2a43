"""Statistics of a world: its events, the information in a step, and upper bounds."""

from collections.abc import Callable

import numpy as np

from ...fileio import VideoAnnotation
from ...text import markdown_table
from ...worlds.synthetic import Instance, Script, WorldFiles
from ..dataset_check.timelines import timeline_figures
from .controls import exact_controls, markov_controls
from .probe import WIDTHS, probe_curve
from .videos import MadeVideo, made_videos


def describe_world(plan: WorldFiles, progress: Callable = iter) -> str:
    """Tables with the statistics of a world, in Markdown.

    Args:
        plan: The world.
        progress: Wraps the videos.

    Returns:
        str: Statistics of the events in the training split; accuracies on the test split of linear
        probes fitted to the training split; average mAP (%) on the test split of detectors that
        know the world.
    """
    made = list(progress(made_videos(plan, "train", "test")))
    train, test = ([x for x in made if x.subset == subset] for subset in ("train", "test"))
    return "\n\n".join((_statistics(train), _probe(train, test), _controls(plan, test)))


def _statistics(videos: list[MadeVideo]) -> str:
    annotations = [VideoAnnotation(x.script.duration, "train", x.script.events) for x in videos]
    figures = timeline_figures(annotations)
    figures["events whose class also occurs without an event, %"] = _alone_elsewhere(videos)
    lengths = np.concatenate([np.diff(x.events.segments, axis=1)[:, 0] for x in annotations])
    median = np.median(lengths), np.median([x.duration for x in annotations])
    rows = [[name, f"{value:.0f}"] for name, value in figures.items()]
    rows.append(["median event / video, s", "{:.1f} / {:.1f}".format(*median)])
    return markdown_table(["events of the training split", ""], rows)


def _probe(train: list[MadeVideo], test: list[MadeVideo]) -> str:
    curve = probe_curve(train, test)
    rows = [[what, *(f"{100 * share:.0f}" for share in shares)] for what, shares in curve.items()]
    head = ["correct by a linear probe, %", *(f"{width} steps" for width in WIDTHS)]
    return markdown_table(head, rows)


def _controls(plan: WorldFiles, test: list[MadeVideo]) -> str:
    exact = exact_controls((video.video_id, video.script) for video in test)
    markov = markov_controls(plan.world, test)
    rows = [[name, f"{100 * exact[name]:.1f}", f"{100 * markov[name]:.1f}"] for name in exact]
    head = ["control, average mAP on test, %", "without noise", "from features"]
    return markdown_table(head, rows)


def _alone_elsewhere(videos: list[MadeVideo]) -> float:
    """Percentage of events whose class also occurs in the video without being an event."""
    found = []
    for video in videos:
        others = _unannotated(video.script)
        found += [
            any(label == one.label and (one.end <= start or end <= one.start) for one in others)
            for (start, end), label in zip(
                video.script.events.segments.tolist(), video.script.events.labels, strict=True
            )
        ]
    return 100 * sum(found) / max(1, len(found))


def _unannotated(script: Script) -> list[Instance]:
    """Audio and visual instances that belong to no event, which come first in a script."""
    every = (one for group in script.instances.values() for one in group)
    return [one for one in every if one.source >= len(script.events)]
