"""The toolbox's data sample, as models and metrics of this package read it."""

from .events import Events
from .grid import TemporalGrid


def build_sample(
    video_id: str,
    duration: float,
    grid: TemporalGrid,
    *,
    on_grid: Events | None = None,
    in_seconds: Events | None = None,
):
    """A data sample of one video.

    Args:
        video_id (str): Name of the video.
        duration (float): Seconds of the video.
        grid (TemporalGrid): Grid of its features.
        on_grid (Events | None): Ground truth of what the model sees, which may be a crop, in grid
            steps: ``gt_instances``, which training reads.
        in_seconds (Events | None): Ground truth of the whole video, in seconds: meta
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
