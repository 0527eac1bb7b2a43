"""Error analysis for the HTML page of predictions."""

from collections.abc import Sequence

from ..fileio import VideoAnnotation
from ..visualization import PageVideo
from .diagnosis import diagnose_videos


def diagnose_page(videos: Sequence[PageVideo], class_names: Sequence[str]) -> dict | None:
    """Diagnosis for :func:`loco_mm.visualization.write_page`.

    Args:
        videos: Videos of a page; those without ground truth are ignored.
        class_names: Class names by label.

    Returns:
        dict | None: Content of a :class:`loco_mm.apis.diagnosis.Diagnosis`; None if the videos have
        no annotated events.
    """
    annotated = {
        video.video_id: VideoAnnotation(video.duration, video.subset, video.gt)
        for video in videos
        if video.gt is not None
    }
    if not any(len(annotation.events) for annotation in annotated.values()):
        return None
    predicted = {video.video_id: video.pred for video in videos if video.video_id in annotated}
    return diagnose_videos(annotated, predicted, class_names).as_dict()
