"""Loading and packing of videos with segment labels."""

import numpy as np

from loco_mm.datasets import LoadSegmentFeatures, PackSegmentInputs


def sample(**more):
    return dict(video_id="v", row=7, label=1, num_classes=3, video_label="class") | more


def test_what_the_reader_gives_is_added():
    arrays = dict(visual=np.ones((4, 2)), segment_labels=np.array([1, 3]))
    results = LoadSegmentFeatures()(sample(reader=lambda results: arrays))
    assert results["visual"] is arrays["visual"]
    assert results["segment_labels"] is arrays["segment_labels"]
    assert results["row"] == 7


def test_what_supervision_gives_is_packed():
    inputs = dict(visual=np.ones((4, 2, 2, 5), np.float32), audio=np.zeros((4, 2), np.float32))
    labels = np.array([1, 3, 3, 1])
    whole = sample(**inputs, segment_labels=labels, knows_segments=True)
    packed = PackSegmentInputs()(dict(whole))
    assert packed["inputs"]["visual"].shape == (4, 2, 2, 5)
    assert packed["data_samples"].gt_segment_labels.tolist() == [1, 3, 3, 1]
    assert packed["data_samples"].gt_video_label.tolist() == [0, 1, 0, 0]
    assert packed["data_samples"].row == 7
    weak = PackSegmentInputs()(whole | dict(knows_segments=False))["data_samples"]
    assert "gt_segment_labels" not in weak
    shares = PackSegmentInputs()(whole | dict(video_label="proportion"))["data_samples"]
    assert shares.gt_video_label.tolist() == [0, 0.5, 0, 0.5]
