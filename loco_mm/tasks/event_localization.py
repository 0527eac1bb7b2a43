"""The task of UnAV-100: events with a start, an end and a class.

Shape letters: T steps, N events, M predictions of a video.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..arrays import check_number
from ..errors import InputError
from ..structures import LENGTH_TOLERANCE, Events, TemporalGrid
from .base_task import Task

# Grid of artificial samples.
_GRID = TemporalGrid(fps=16, num_frames=16, stride=4)


class EventLocalization(Task):
    """Predicts ``pred_instances``: segments (M, 2) in seconds, scores (M,) and labels (M,)."""

    name = "events"
    metric = "SegmentMAP"
    takes_media = True

    def sample(
        self,
        video_id: str,
        duration: float,
        grid: TemporalGrid,
        *,
        on_grid: Events | None = None,
        in_seconds: Events | None = None,
    ):
        """Create a data sample of a video.

        Args:
            video_id: Id of the video.
            duration: Duration of the video in seconds.
            grid: Grid of its features.
            on_grid: Ground truth of the model's input, which may be a crop, in grid steps; stored
                as ``gt_instances``, which training uses.
            in_seconds: Ground truth of the whole video in seconds; stored in the meta as
                ``gt_segments_sec`` and ``gt_labels``, which metrics use, so that results do not
                depend on the number of processes.

        Returns:
            ActionDataSample: With meta ``video_id``, ``duration`` and ``grid``.
        """
        # Imported here, as the import takes half a second.
        from mmaction.structures import ActionDataSample

        meta = dict(video_id=video_id, duration=duration, grid=grid)
        if in_seconds is not None:
            meta.update(gt_segments_sec=in_seconds.segments, gt_labels=in_seconds.labels)
        sample = ActionDataSample(metainfo=meta)
        if on_grid is not None:
            sample.gt_instances = on_grid.to_instances()
        return sample

    def attach(self, sample: Any, found: Any) -> None:
        """Add predicted events, an ``InstanceData``, to a sample."""
        sample.pred_instances = found

    def inference_sample(
        self, video_id: str, steps: int, trained: Mapping | None, grid: Any, duration: Any
    ):
        """See :meth:`Task.inference_sample`. The default duration is the one the features cover."""
        given: Any = trained if grid is None else grid
        known = TemporalGrid.from_config(given, "inference.grid")
        if trained and asdict(known) != trained:
            raise InputError(
                f"video {video_id}: expected grid {trained}, which the checkpoint was trained "
                f"on, got {asdict(known)}"
            )
        return self.sample(video_id, _seconds(video_id, duration, steps, known), known)

    def example(
        self,
        steps: int,
        num_classes: int,
        events: Events | None = None,
        video_id: str = "video",
        proportion: bool = False,
    ):
        """See :meth:`Task.example`."""
        events = Events.none() if events is None else events
        return self.sample(
            video_id,
            float(_GRID.to_seconds(steps - 1)) + 0.5,
            _GRID,
            on_grid=events,
            in_seconds=Events(_GRID.to_seconds(events.segments), events.labels),
        )


def _seconds(video_id: str, duration: float | None, steps: int, grid: TemporalGrid) -> float:
    """Duration of the video, by default the one that its features cover."""
    if duration is None:
        return ((steps - 1) * grid.stride + grid.num_frames) / grid.fps
    seconds = check_number("inference.duration", duration, "seconds > 0", above=0)
    if not grid.fits(steps, seconds, LENGTH_TOLERANCE):
        raise InputError(
            f"video {video_id}: expected {grid.num_steps(seconds)} steps for {seconds:g} s on the "
            f"grid {asdict(grid)}, got {steps}: correct the duration or the grid"
        )
    return seconds
