"""Events of running videos compared with those of the complete ones."""

import numpy as np
import pytest

from loco_mm.apis import load_config
from loco_mm.apis.inspection import SplitVideos
from loco_mm.apis.stream_agreement import count_same, joined, stream_agreement
from loco_mm.structures import Events


def events(*rows):
    return Events(
        np.array([row[:2] for row in rows], float).reshape(-1, 2),
        np.array([row[2] for row in rows], np.int64),
        np.ones(len(rows)),
    )


def test_events_in_both_by_hand():
    one = events((0, 10, 0), (20, 30, 0), (40, 50, 1), (60, 70, 1))
    # tIoU of 0.95, another class, a tIoU of 0.8, and one that two could be.
    other = events((0, 9.5, 0), (20, 30, 1), (40, 48, 1), (60, 70, 1), (60, 70, 1))
    assert count_same(one, other) == 2
    assert count_same(other, other) == 5
    assert count_same(one, events()) == count_same(events(), one) == 0


def test_videos_of_one_window_agree(tiny_config, tiny_checkpoint):
    cfg = load_config(str(tiny_config))
    found = stream_agreement(cfg, str(tiny_checkpoint), dict(size=32), 0.02, "cpu")
    assert found.offline == found.streamed == found.same == len(found.latencies) > 5
    assert found.whole_mAP == found.offline_mAP
    assert found.stream_mAP == pytest.approx(found.offline_mAP, abs=0.01)
    # All are final only when their video ends.
    assert found.early == 0
    assert found.latencies.min() >= 0


def test_joined_videos(tiny_config):
    split = SplitVideos(load_config(str(tiny_config)))
    samples = [split.sample(name) for name in split.video_ids[:2]]
    found = joined(samples)
    steps = len(samples[0].features["audio"])
    assert len(found.visual) == len(found.audio) == steps + len(samples[1].features["audio"])
    # A step is a quarter of a second.
    assert found.duration == steps / 4 + samples[1].duration
    count = len(samples[0].annotated)
    np.testing.assert_allclose(
        found.annotated.segments[count:], samples[1].annotated.segments + steps / 4
    )
    assert found.annotated.labels[count:].tolist() == samples[1].annotated.labels.tolist()


def test_short_windows_find_most_events_before_the_end(tiny_config, tiny_checkpoint):
    cfg = load_config(str(tiny_config))
    found = stream_agreement(cfg, str(tiny_checkpoint), dict(size=8, overlap=4), 0.02, "cpu", 2)
    assert 0 < found.same <= min(found.offline, found.streamed)
    assert 0 < found.early < found.streamed == len(found.latencies)
    assert found.offline_mAP != found.whole_mAP
