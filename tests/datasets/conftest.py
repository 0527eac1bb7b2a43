"""A small dataset on disk."""

import json

import numpy as np
import pytest

GRID = dict(fps=16, num_frames=16, stride=4)
FEATURES = dict(
    visual=dict(suffixes=["_v.npy"], dim=4),
    audio=dict(suffixes=["_a1.npy", "_a2.npy"], dim=3),
    grid=GRID,
)


def event(start, end, label, label_id=None):
    names = ["bark", "rain", "horn"]
    return dict(
        segment=[start, end],
        label=label,
        label_id=names.index(label) if label_id is None else label_id,
    )


@pytest.fixture
def write(tmp_path):
    """Writes an annotation file to a data root, and returns the root."""

    def write(database, name="annotations/unav100_annotations.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(version="x", database=database)))
        return tmp_path

    return write


@pytest.fixture
def database():
    """Three training videos, one without events, and a test video."""

    def video(subset, *events, duration=10.0):
        return dict(duration=duration, subset=subset, annotations=list(events))

    return {
        "a-1": video("train", event(0, 4.5, "bark"), event(2.0, 9.0, "horn")),
        "b_2": video("train", event(1.0, 2.0, "rain")),
        "c": video("train"),
        "d": video("test", event(3.0, 10.0, "horn")),
    }


@pytest.fixture
def write_features():
    """Writes the feature files of a video, or those with given suffixes."""

    def write_features(
        root, video_id, steps=37, audio_steps=None, dims=(4, 1, 2), only=("_v", "_a1", "_a2")
    ):
        folder = root / "av_features"
        folder.mkdir(exist_ok=True)
        rng = np.random.default_rng(steps)
        lengths = (steps, audio_steps or steps, audio_steps or steps)
        for suffix, length, dim in zip(("_v", "_a1", "_a2"), lengths, dims, strict=True):
            values = rng.normal(size=(length, dim)).astype(np.float32)
            if suffix in only:
                np.save(folder / f"{video_id}{suffix}.npy", values)
        return folder

    return write_features
