"""Videos of a world by split, and how they stand in an annotation file."""

from collections.abc import Sequence

from ...errors import InputError
from ...fileio import event_entry
from ...structures import Events
from .setting_checks import are_counts

SUBSETS = ("train", "validation", "test")


def check_num_videos(what: str, num_videos: tuple[int, ...]) -> None:
    """Refuse what are no numbers of videos of the three splits.

    Args:
        what: Kind of the world, for the message.
        num_videos: Videos of train, validation and test.

    Raises:
        InputError: They are no three counts, or all 0.
    """
    if not are_counts(num_videos, len(SUBSETS)) or not any(num_videos):
        raise InputError(
            f"{what}: expected three counts, not all of them 0, got num_videos={num_videos!r}"
        )


def video_keys(num_videos: Sequence[int]) -> list[tuple[int, int]]:
    """Split and number of each video."""
    return [(s, i) for s, count in enumerate(num_videos) for i in range(count)]


def video_entry(duration: float, subset: str, events: Events, classes: Sequence[str]) -> dict:
    """What an annotation file in the UnAV-100 form says of a video."""
    return dict(
        duration=duration,
        annotations=[
            event_entry(event.start, event.end, classes[event.label], event.label)
            for event in events
        ],
        subset=subset,
    )
