"""Events of a running video, each as soon as it is final.

Shape letters: W steps of a window, Dv and Da channels of the features, M events.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from ..arrays import bad_argument
from ..errors import InputError
from ..models.localizers import AVLocalizer, BaseAVModel
from ..models.task_modules import SlidingWindows
from ..ops import RunningCandidates, RunningSoftNMS
from ..structures import StepWindow, TemporalGrid, window_at, window_hop
from .inference import pack_features
from .stream_sources import StepSource

# Steps for which is waited at once, so that features are extracted while the video runs.
_CHUNK = 16


class StreamedEvent(NamedTuple):
    """An event of a running video, which will not change any more.

    Attributes:
        video_id: Id of the video.
        segment: Start and end in seconds.
        label: Class name.
        score: Score.
        time: Seconds of the video that had been read when the event became final.
    """

    video_id: str
    segment: tuple[float, float]
    label: str
    score: float
    time: float

    @property
    def latency(self) -> float:
        """Seconds from the end of the event until it was final, without computing time."""
        return self.time - self.segment[1]


class _Window(NamedTuple):
    """A window with its features (W, Dv) and (W, Da), and the number of steps known so far."""

    window: StepWindow
    visual: np.ndarray
    audio: np.ndarray
    steps: int

    @property
    def is_last(self) -> bool:
        """Whether the video ends with it."""
        return self.window.stop == self.steps


class EventStream:
    """Finds the events of running videos.

    A model predicts in the overlapping windows in which it predicts long videos, as soon as a
    window is there (:class:`SlidingWindows`). Candidates that end before the start of the next
    window are final when no better one can lower their scores (:class:`RunningSoftNMS`). Later
    candidates may begin before their window, but by no more than a full training sequence.

    Args:
        model: The model.
        windows: Its windows.
        score_thr: Minimum score of an event.
        names: Class names by label.

    Raises:
        InputError: The model cannot predict in windows, or its suppression cannot be applied to a
            stream.
    """

    def __init__(self, model: BaseAVModel, windows: Any, score_thr: float, names: Sequence[str]):
        if not isinstance(model, AVLocalizer) or not model.head.stitches:
            part = model.head if isinstance(model, AVLocalizer) else model
            expected = "a model that predicts events in windows"
            raise bad_argument("stream", type(part).__name__, expected)
        if not isinstance(windows, SlidingWindows):
            raise bad_argument("windows", f"{windows}", "'auto' or a dict, as a stream is endless")
        self.model, self.windows = model, windows
        self.score_thr, self.names = score_thr, names
        self._suppression()

    def events(self, source: StepSource) -> Iterator[StreamedEvent]:
        """The events of a video, in the order in which they become final.

        Args:
            source: Its features.

        Raises:
            InputError: The source is invalid, or is not what the model was trained on.
        """
        suppression, voting = self._suppression(), self.model.head.voting
        voters, hop = RunningCandidates.none(), self._hop
        # Votes are those of all candidates, also of those with a low score.
        for window in self._windows(source):
            found, grid = self._candidates(source, window)
            bound = np.inf if window.is_last else float(window.window.start + hop)
            final = suppression.update(found.take(found.scores >= self.score_thr), bound)
            segments = final.segments
            if voting is not None:
                voters = RunningCandidates.joined(voters, found)
                segments = _voted(voting, final, voters)
                earliest = min(bound, suppression.earliest) - self._reach
                voters = voters.take(voters.segments[:, 1] > earliest)
            known = source.duration if window.is_last else source.time
            covered = ((window.steps - 1) * grid.stride + grid.num_frames) / grid.fps
            seen = covered if known is None else known
            seconds = grid.to_seconds(segments).clip(0, seen if window.is_last else None)
            yield from self._named(source.video_id, final._replace(segments=seconds), seen)

    @property
    def _reach(self) -> int:
        """Steps by which candidates may begin before their window."""
        return self.model.max_len

    @property
    def _hop(self) -> int:
        return window_hop(self.windows.size, self.windows.overlap, self.windows.multiple)

    def _windows(self, source: StepSource) -> Iterator[_Window]:
        """Each window, as soon as it is known whether another one follows."""
        size, hop, start = self.windows.size, self._hop, 0
        visual, audio = source.take(1)
        if not len(visual):
            raise InputError(f"video {source.video_id}: expected at least one step, got none")
        while True:
            while len(visual) <= size:
                count = min(_CHUNK, size + 1 - len(visual))
                seen, heard = source.take(count)
                if len(seen):
                    visual, audio = np.concatenate([visual, seen]), np.concatenate([audio, heard])
                if len(seen) < count:
                    break
            steps = start + len(visual)
            plan = window_at(start, steps, size, hop, self.windows.multiple)
            window = _Window(plan, visual[:size], audio[:size], steps)
            yield window
            if window.is_last:
                return
            start, visual, audio = start + hop, visual[hop:], audio[hop:]

    @torch.no_grad()
    def _candidates(
        self, source: StepSource, window: _Window
    ) -> tuple[RunningCandidates, TemporalGrid]:
        """Candidates of a window in grid steps of the video, and the grid."""
        features = window.visual, window.audio
        packed = pack_features(self.model, *features, source.grid, None, source.video_id)
        start = window.window.start
        within = StepWindow(*(step - start for step in window.window))
        is_whole = start == 0 and window.is_last
        found = self.model.window_candidates(pseudo_collate([packed]), within, is_whole)
        segments, scores, labels = (x.cpu().numpy() for x in found)
        # Single precision is too coarse for the steps of a day.
        segments = segments.astype(np.float64) + start
        if start:
            segments[:, 0] = segments[:, 0].clip(start - self._reach)
        valid = (segments[:, 1] > segments[:, 0]) & (scores > 0)
        candidates = RunningCandidates(segments, scores.astype(np.float64), labels)
        return candidates.take(valid), packed["data_samples"].grid

    def _suppression(self) -> Any:
        nms = self.model.head.nms
        if nms is None:
            # Lowers no score.
            return RunningSoftNMS(
                0.0, sigma=1.0, min_score=self.score_thr, method="hard", iou_threshold=2.0
            )
        if not hasattr(nms, "running"):
            expected = "a suppression with a method running, such as SegmentSoftNMS"
            raise bad_argument("model.head.test_cfg.nms", type(nms).__name__, expected)
        return nms.running(self.score_thr, self._reach)

    def _named(
        self, video_id: str, final: RunningCandidates, seen: float
    ) -> Iterator[StreamedEvent]:
        """Events from final candidates in seconds, in the order of their ends."""
        whole = final.take(final.segments[:, 1] > final.segments[:, 0])
        for index in np.lexsort(whole.segments.T):
            start, end = whole.segments[index].tolist()
            name, score = self.names[whole.labels[index]], float(whole.scores[index])
            yield StreamedEvent(video_id, (start, end), name, score, seen)


def _voted(voting: Any, final: RunningCandidates, voters: RunningCandidates) -> np.ndarray:
    """(M, 2) segments whose ends are refined by the candidates."""
    segments, _, labels = map(torch.from_numpy, final)
    candidates = tuple(map(torch.from_numpy, voters))
    return voting(segments, labels, candidates).numpy()
