"""Videos of a world by split, and their entries in an annotation file."""

from collections.abc import Sequence

from ...errors import InputError
from ...fileio import event_entry
from ...structures import Events
from .setting_checks import are_counts

SUBSETS = ("train", "validation", "test")


def check_num_videos(what: str, num_videos: tuple[int, ...]) -> None:
    """Check the numbers of videos of the three splits.

    Args:
        what: Kind of world, for the message.
        num_videos: Number of train, validation and test videos.

    Raises:
        InputError: They are not three integers >= 0, or all are 0.
    """
    if not are_counts(num_videos, len(SUBSETS)) or not any(num_videos):
        raise InputError(
            f"{what}: expected three counts, not all of them 0, got num_videos={num_videos!r}"
        )


def video_keys(num_videos: Sequence[int]) -> list[tuple[int, int]]:
    """Split index and video index of each video."""
    return [(s, i) for s, count in enumerate(num_videos) for i in range(count)]


def video_entry(duration: float, subset: str, events: Events, classes: Sequence[str]) -> dict:
    """Entry of a video in an annotation file in the UnAV-100 form."""
    return dict(
        duration=duration,
        annotations=[
            event_entry(event.start, event.end, classes[event.label], event.label)
            for event in events
        ],
        subset=subset,
    )
