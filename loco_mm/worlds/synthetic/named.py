"""Named worlds, on which results are reported.

They were chosen by the statistics of their events and by the results of detectors that know them
(``tools/analysis/describe_world.py`` prints both), before any model was trained on them. They never
change. To use another world, add one.
"""

from typing import Any, NamedTuple


class NamedWorld(NamedTuple):
    """A named world.

    Attributes:
        version: Must be increased whenever its files change.
        world: All settings of :class:`SyntheticWorld`.
        files: All settings of :class:`WorldFiles` other than the world.
        is_of_annotations: Whether its events come from a given annotation file.
    """

    version: int
    world: dict[str, Any]
    files: dict[str, Any]
    is_of_annotations: bool = False


_FEATURES = dict(
    num_classes=25,
    alone=(1, 3),
    jitter=0.3,
    signal=3.0,
    variant_signal=2.0,
    loudness=1.3,
    variation=0.2,
    background=2.0,
)
_FILES = dict(layouts=("onepeace",), widths=(64, 64), shuffle_train_labels=False)
# 25 classes of UnAV-100. Videos with only these have the statistics of the whole dataset.
_LABELS = (
    0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 15, 17, 23, 24, 29, 38, 39, 41, 48, 51, 54, 64, 67, 69,
)  # fmt: skip

NAMED_WORLDS = {
    # Twice as fast as UnAV-100.
    "short": NamedWorld(
        1,
        dict(seed=0, durations=(8.0, 30.0), pace=2.0, **_FEATURES),
        dict(num_videos=(1000, 80, 400), **_FILES),
    ),
    # With the durations of UnAV-100's videos.
    "minute": NamedWorld(
        1,
        dict(seed=1, durations=(10.0, 60.0), pace=1.0, **_FEATURES),
        dict(num_videos=(600, 100, 400), **_FILES),
    ),
    # UnAV-100's own events.
    "timelines": NamedWorld(
        1,
        dict(seed=2, durations=(10.0, 60.0), pace=1.0, **_FEATURES),
        dict(num_videos=(600, 100, 400), labels=_LABELS, **_FILES),
        is_of_annotations=True,
    ),
}
