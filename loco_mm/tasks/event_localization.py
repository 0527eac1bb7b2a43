"""The task of UnAV-100: events, each with a start, an end and a class.

Shape letters: T steps, N events, M predictions of a video.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..arrays import check_number
from ..errors import InputError
from ..structures import LENGTH_TOLERANCE, Events, TemporalGrid
from .base_task import Task

# Of made-up samples.
_GRID = TemporalGrid(fps=16, num_frames=16, stride=4)


class EventLocalization(Task):
    """Finds events: ``pred_instances`` has segments (M, 2) in seconds, scores (M,), labels (M,)."""

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
        """A data sample of one video.

        Args:
            video_id: Name of the video.
            duration: Seconds of the video.
            grid: Grid of its features.
            on_grid: Ground truth of what the model sees, which may be a crop, in
                grid steps: ``gt_instances``, which training reads.
            in_seconds: Ground truth of the whole video, in seconds: meta
                ``gt_segments_sec`` and ``gt_labels``. The metric reads it there, so that several
                processes agree with one.

        Returns:
            ActionDataSample: With meta ``video_id``, ``duration`` and ``grid``.
        """
        # Importing it costs half a second, which `import loco_mm` should not.
        from mmaction.structures import ActionDataSample

        meta = dict(video_id=video_id, duration=duration, grid=grid)
        if in_seconds is not None:
            meta.update(gt_segments_sec=in_seconds.segments, gt_labels=in_seconds.labels)
        sample = ActionDataSample(metainfo=meta)
        if on_grid is not None:
            sample.gt_instances = on_grid.to_instances()
        return sample

    def attach(self, sample: Any, found: Any) -> None:
        """Give a sample its events, an ``InstanceData``."""
        sample.pred_instances = found

    def inference_sample(
        self, video_id: str, steps: int, trained: Mapping | None, grid: Any, duration: Any
    ):
        """See :meth:`Task.inference_sample`; the duration is by default what the features cover."""
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
    """The video's duration, by default what its features cover."""
    if duration is None:
        return ((steps - 1) * grid.stride + grid.num_frames) / grid.fps
    seconds = check_number("inference.duration", duration, "seconds > 0", above=0)
    if not grid.fits(steps, seconds, LENGTH_TOLERANCE):
        raise InputError(
            f"video {video_id}: expected {grid.num_steps(seconds)} steps for {seconds:g} s on the "
            f"grid {asdict(grid)}, got {steps}: correct the duration or the grid"
        )
    return seconds
