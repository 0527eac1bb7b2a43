"""What a metric keeps of each video."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...structures import Events


@dataclass(frozen=True)
class VideoResult:
    """One video. No tuple: MMEngine would rebuild it as a plain one when it collects results.

    Attributes:
        video_id (str): Name of the video.
        pred (Events): Predictions, in seconds.
        gt (Events | None): Ground truth of the whole video, in seconds, where it was asked for.
    """

    video_id: str
    pred: Events
    gt: Events | None = None


def gather_videos(
    results: Sequence[VideoResult], dataset_meta: dict | None
) -> dict[str, VideoResult]:
    """Each video once, however often a sampler repeats it, by its name.

    Videos that the dataset skipped, for want of features, count as videos without predictions.
    """
    skipped = (dataset_meta or {}).get("skipped_videos", {})
    missing = [VideoResult(name, Events.none(), gt) for name, gt in skipped.items()]
    return {result.video_id: result for result in [*results, *missing]}
