"""Soft-NMS of candidates that arrive over time.

Shape letters: N candidates, M kept.
"""

from typing import Any, NamedTuple

import numpy as np

from ..structures import segment_iou
from .soft_nms import check_settings, decay


class RunningCandidates(NamedTuple):
    """Candidates of a stream.

    Attributes:
        segments: (N, 2) start and end in any unit, float64, as streams are long.
        scores: (N,) scores >= 0.
        labels: (N,) classes.
    """

    segments: np.ndarray
    scores: np.ndarray
    labels: np.ndarray

    @classmethod
    def none(cls) -> "RunningCandidates":
        """No candidates."""
        return cls(np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int64))

    @classmethod
    def joined(cls, *parts: "RunningCandidates") -> "RunningCandidates":
        """All candidates of several, in order."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    def take(self, index: np.ndarray) -> "RunningCandidates":
        """The candidates at an index array, or of a mask (N,)."""
        return RunningCandidates(*(x[index] for x in self))


class RunningSoftNMS:
    """Gives the results of :func:`soft_nms` as soon as they are final.

    Scores only decrease, and only by better candidates that overlap. A candidate becomes final when
    it ends before a bound, where future candidates begin, and no better candidate that overlaps it
    is left that is not final. Segments and scores are then those that :func:`soft_nms` gives for
    all candidates at once, without a limit on their number.

    Future candidates may begin before the bound. Final ones lower their scores, and are not changed
    by them, so that the results may differ from those for all candidates at once.

    Args:
        reach: How far before the bound future candidates may begin; earlier final candidates are
            forgotten.
        sigma: See :func:`soft_nms`, as for the other settings.
        min_score: Candidates are dropped when their score falls below this value.
    """

    def __init__(
        self,
        reach: float,
        *,
        sigma: float,
        min_score: float,
        method: str = "gaussian",
        iou_threshold: float = 0.3,
        across_classes: bool = False,
    ):
        check_settings(sigma, min_score, 1, method, iou_threshold)
        self.reach, self.min_score, self.across_classes = reach, min_score, across_classes
        self._decay: dict[str, Any] = dict(method=method, sigma=sigma, threshold=iou_threshold)
        self._open = self._final = RunningCandidates.none()

    @property
    def earliest(self) -> float:
        """Earliest start of the candidates that are not final; infinite if there are none."""
        return self._open.segments[:, 0].min(initial=np.inf)

    def update(self, candidates: RunningCandidates, bound: float) -> RunningCandidates:
        """Add candidates, and return those that are now final, with their final scores.

        Args:
            candidates: New candidates.
            bound: Where later candidates begin, or before it, see the class; infinite at the end of
                the stream.
        """
        lowered = candidates._replace(scores=self._lowered(candidates))
        given = RunningCandidates.joined(self._open, lowered)
        kinds = self._kinds(given)
        final, waiting = np.zeros(len(kinds), bool), np.zeros(len(kinds), bool)
        scores = given.scores.copy()
        for kind in np.unique(kinds):
            group = np.flatnonzero(kinds == kind)
            scores[group], final[group], waiting[group] = self._settle(
                given.segments[group], scores[group], bound
            )
        given = given._replace(scores=scores)
        self._open = given.take(waiting)
        found = given.take(final)
        known = RunningCandidates.joined(self._final, found)
        self._final = known.take(known.segments[:, 1] > bound - self.reach)
        return found

    def _kinds(self, candidates: RunningCandidates) -> np.ndarray:
        return np.zeros_like(candidates.labels) if self.across_classes else candidates.labels

    def _lowered(self, candidates: RunningCandidates) -> np.ndarray:
        """Scores of new candidates, lowered by the final ones."""
        scores, kinds = candidates.scores.copy(), self._kinds(candidates)
        for segment, kind in zip(self._final.segments, self._kinds(self._final), strict=True):
            factors = decay(segment_iou(segment, candidates.segments), **self._decay)
            scores *= np.where(kinds == kind, factors, 1.0)
        return scores

    def _settle(
        self, segments: np.ndarray, scores: np.ndarray, bound: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lowered scores of the candidates of a class, whether final, and whether to wait."""
        left, todo = scores.copy(), np.ones(len(scores), bool)
        final, waiting, blocked = (np.zeros(len(scores), bool) for _ in range(3))
        while todo.any():
            pick = int(np.where(todo, left, -np.inf).argmax())
            if left[pick] < self.min_score:
                break
            todo[pick] = False
            factors = decay(segment_iou(segments[pick], segments), **self._decay)
            if blocked[pick] or segments[pick, 1] > bound:
                # It may still lower the scores of these.
                waiting[pick] = True
                blocked |= factors < 1
            else:
                final[pick] = True
                left[todo] *= factors[todo]
        return left, final, waiting
