"""Error analysis for the HTML page of predictions."""

from collections.abc import Iterable, Sequence

from ..fileio import VideoAnnotation
from ..visualization import PageVideo
from .diagnosis import diagnose_videos


def diagnose_page(videos: Iterable[PageVideo], class_names: Sequence[str]) -> dict | None:
    """Diagnosis for :func:`loco_mm.visualization.write_page`.

    Args:
        videos: Videos of a page; those without ground truth are ignored.
        class_names: Class names by label.

    Returns:
        dict | None: Content of a :class:`loco_mm.apis.diagnosis.Diagnosis`; None if the videos have
        no annotated events.
    """
    known = {
        video.video_id: (VideoAnnotation(video.duration, video.subset, video.gt), video.pred)
        for video in videos
        if video.gt is not None
    }
    if not any(len(annotation.events) for annotation, _ in known.values()):
        return None
    annotated = {name: annotation for name, (annotation, _) in known.items()}
    predicted = {name: pred for name, (_, pred) in known.items()}
    return diagnose_videos(annotated, predicted, class_names).as_dict()
