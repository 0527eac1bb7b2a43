"""Samples in the form of MMAction2's datasets."""

import numpy as np

from loco_mm.datasets.transforms import ToLocalizationInputs, ToRecognitionInputs
from loco_mm.datasets.transforms.toolbox import resampled_features


def sample():
    return dict(
        video_id="x",
        duration=4.0,
        visual=np.array([[0.0], [2], [4], [6]], np.float32),
        audio=np.array([[1.0, 0], [1, 0], [1, 8], [1, 8]], np.float32),
        segments=np.array([[1.0, 2.0], [3.0, 5.0]], np.float32),
        labels=np.array([2, 0]),
    )


def test_features_are_interpolated_at_the_centres_of_equal_parts():
    # Two parts of two steps: their centres are half way between the steps.
    found = resampled_features(sample(), 2)
    assert found.tolist() == [[1, 1, 0], [5, 1, 8]]
    assert found.dtype == np.float32
    # As many parts as steps.
    same = resampled_features(sample(), 4)
    assert same[:, 0].tolist() == [0, 2, 4, 6]
    # Twice as many: a quarter of a step before and after each one, within the video.
    assert resampled_features(sample(), 8)[:, 0].tolist() == [0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6]


def test_the_entries_of_an_activitynet_dataset():
    found = ToLocalizationInputs(length=2)(sample())
    assert found["raw_feature"].tolist() == [[1, 5], [1, 1], [0, 8]]
    # Fractions of the video; an event that ends after it is clipped.
    assert found["gt_bbox"].tolist() == [[0.25, 0.5], [0.75, 1]]
    assert found["annotations"][0] == dict(segment=[1.0, 2.0], label=2)
    assert found["video_name"] == "v_x"
    assert (found["duration_second"], found["duration_frame"]) == (4.0, 4)


def test_the_entries_of_a_recognition_dataset():
    found = ToRecognitionInputs(num_classes=4, length=2)(sample())
    assert found["audios"].tolist() == [[[[1, 1, 0], [5, 1, 8]]]]
    assert found["label"].tolist() == [1, 0, 1, 0]
