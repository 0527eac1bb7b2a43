"""Upper bounds for a synthetic world: detectors that know it and are not trained.

There are four detectors: audio only, visual only, both separately, and both compared. They are run
on the true events of each modality, and on the features of the world, with a hidden Markov model
for each class of the video whose states are: audible, visible, and which variant. The difference
between the last two detectors is the gain from comparing the modalities.

Shape letters: T grid steps, K classes, S states.
"""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np

from ...evaluation import GroundTruth, Predictions, detection_map
from ...evaluation.metrics.segment_map import DEFAULT_TIOU
from ...structures import Events, TemporalGrid
from ...worlds.synthetic import Script, SyntheticWorld
from ...worlds.synthetic.appearance import steps_that_share
from ..score_events import EventRules, score_events
from .videos import MadeVideo

CONTROLS = ("sound only", "sight only", "both, not compared", "both, compared")
# Absent, and present in one of two variants.
_ABSENT, _VARIANTS = 0, (1, 2)
# (audio, visual), as states of one class.
_STATES = tuple(product((_ABSENT, *_VARIANTS), repeat=2))
# Approximate prior probability of each state, for a class of the video.
_SHARES = tuple(
    0.4 if a == v == _ABSENT else 0.05 if _ABSENT in (a, v) else 0.14 if a == v else 0.06
    for a, v in _STATES
)
# Mean time in seconds until the state of a class changes, at UnAV-100's pace.
_STAY = 8.0
# Consecutive steps with a higher probability than 0.4 form an event.
_PRESENT = float(np.nextafter(0.4, 1))
_RULES = EventRules(high=_PRESENT, low=_PRESENT, smoothing=0, pause=0, shortest=0)


def exact_controls(videos: Iterable[tuple[str, Script]]) -> dict[str, float]:
    """Average mAP of detectors that know exactly when each class is audible and visible."""
    truth: dict[str, Events] = {}
    found: dict[str, dict[str, Events]] = {name: {} for name in CONTROLS}
    for video_id, script in videos:
        truth[video_id] = script.events
        spans = {
            "sound only": [(x.start, x.end, x.label) for x in script.instances["audio"]],
            "sight only": [(x.start, x.end, x.label) for x in script.instances["visual"]],
            "both, not compared": _crossings(script, compared=False),
            "both, compared": _crossings(script, compared=True),
        }
        for name, rows in spans.items():
            found[name][video_id] = _as_events([(*row, 1.0) for row in rows])
    return {name: _average_map(truth, events) for name, events in found.items()}


def markov_controls(world: SyntheticWorld, videos: Iterable[MadeVideo]) -> dict[str, float]:
    """Average mAP of detectors that see the features, and know how the world generates them."""
    truth: dict[str, Events] = {}
    found: dict[str, dict[str, Events]] = {name: {} for name in CONTROLS}
    for video in videos:
        truth[video.video_id] = video.script.events
        duration = video.script.duration
        labels, posteriors = _posteriors(world, video)
        for name, present in posteriors.items():
            events = score_events(present, video.grid, duration, _RULES)
            named = events.relabelled([labels[number] for number in events.labels])
            found[name][video.video_id] = named
    return {name: _average_map(truth, events) for name, events in found.items()}


def _crossings(script: Script, compared: bool) -> list[tuple[float, float, int]]:
    """Intervals in which a class is audible and visible; if ``compared``, in the same variant."""
    return [
        (max(heard.start, seen.start), min(heard.end, seen.end), heard.label)
        for heard in script.instances["audio"]
        for seen in script.instances["visual"]
        if heard.label == seen.label
        and (not compared or heard.variant == seen.variant)
        and min(heard.end, seen.end) > max(heard.start, seen.start)
    ]


def _posteriors(world: SyntheticWorld, video: MadeVideo) -> tuple[list[int], dict[str, np.ndarray]]:
    """Classes of a video, and (T, K) event probabilities for each control."""
    labels = sorted({one.label for group in video.script.instances.values() for one in group})
    seen = {
        name: _log_likelihood(world, name, labels, values, video.grid)
        for name, values in video.features.items()
    }
    stay = 1 - video.grid.step_seconds * world.pace / _STAY
    alone = {}
    for name, values in seen.items():
        # With one modality, both variants are equally likely.
        present = np.logaddexp(values[..., 1], values[..., 2]) - np.log(2)
        either = np.stack([values[..., _ABSENT], present], -1)
        alone[name] = _smooth(either, np.array([0.5, 0.5]), stay)[..., 1]
    joint = np.stack([seen["audio"][..., a] + seen["visual"][..., v] for a, v in _STATES], -1)
    states = _smooth(joint, np.array(_SHARES), stay)
    compared = states[..., [a == v != _ABSENT for a, v in _STATES]].sum(-1)
    found = (alone["audio"], alone["visual"], alone["audio"] * alone["visual"], compared)
    return labels, dict(zip(CONTROLS, found, strict=True))


def _log_likelihood(
    world: SyntheticWorld, modality: str, labels: list[int], values: np.ndarray, grid: TemporalGrid
) -> np.ndarray:
    """(T, K, 3) log-likelihoods of a class being absent, or present in either variant."""
    dim, count = values.shape[1], len(labels)
    prototypes, variants = world.prototypes(modality, dim), world.variant_axes(modality, dim)
    axes = np.vstack([prototypes[labels], variants[labels]])
    spread = np.linalg.inv(axes @ axes.T)
    # Coordinates of the features, in standard deviations of noise and background.
    noise = np.sqrt(np.diag(spread) + world.background**2 / dim)
    shown = values @ axes.T @ spread / noise
    strength, side = world.signal / noise[:count], world.variant_signal / noise[count:]
    present = strength * shown[:, :count] - strength**2 / 2
    tell = side * shown[:, count:]
    level = np.logaddexp(tell, -tell) - np.log(2)
    # Overlapping steps are not independent.
    weight = 1 / steps_that_share(grid)
    return weight * np.stack([0 * present, present + tell - level, present - tell - level], -1)


def _smooth(log_likelihood: np.ndarray, shares: np.ndarray, stay: float) -> np.ndarray:
    """(T, K, S) posterior of states that are kept, or drawn again, from step to step."""
    likelihood = np.exp(log_likelihood - log_likelihood.max(-1, keepdims=True))

    def step(state: np.ndarray) -> np.ndarray:
        return stay * state + (1 - stay) * state.sum(-1, keepdims=True) * shares

    shares = shares / shares.sum()
    forward, backward = np.empty_like(likelihood), np.empty_like(likelihood)
    state = np.broadcast_to(shares, likelihood.shape[1:])
    for t, seen in enumerate(likelihood):
        state = seen * (step(state) if t else state)
        state = state / state.sum(-1, keepdims=True)
        forward[t] = state
    state = np.ones(likelihood.shape[1:])
    for t in range(len(likelihood) - 1, -1, -1):
        backward[t] = state
        onward = likelihood[t] * state
        state = stay * onward + (1 - stay) * (onward * shares).sum(-1, keepdims=True)
        state = state / state.sum(-1, keepdims=True)
    both = forward * backward
    return both / both.sum(-1, keepdims=True)


def _as_events(rows: list[tuple[float, float, int, float]]) -> Events:
    table = np.array(rows).reshape(-1, 4)
    return Events(table[:, :2], table[:, 2].astype(np.int64), table[:, 3])


def _average_map(truth: Mapping[str, Events], found: Mapping[str, Events]) -> float:
    figures = detection_map(GroundTruth.of(truth), Predictions.of(found), DEFAULT_TIOU)
    return figures.average_mAP
