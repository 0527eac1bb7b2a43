"""Videos of a dataset, as tools load them."""

import numpy as np
import pytest
import torch

from loco_mm.apis.inspection import SplitVideos
from loco_mm.apis.inspection.split_videos import unpacked
from loco_mm.errors import InputError
from loco_mm.fileio import read_annotations
from loco_mm.tasks import SEGMENTS

from ...tools.test_bad_input import annotations_of


@pytest.fixture
def annotated(tiny_world):
    return read_annotations(annotations_of(tiny_world)).of_subset("test")


def test_videos_with_the_most_events_come_first(split, annotated):
    assert sorted(split.video_ids) == sorted(annotated)
    counts = [len(annotated[name].events) for name in split.chosen(None, 5)]
    assert counts == sorted(counts, reverse=True)
    assert split.chosen(None, 2) == split.chosen(None, 5)[:2]
    last = split.video_ids[-1]
    assert split.chosen([last], 1) == [last]


def test_an_unknown_video_is_refused(split):
    with pytest.raises(InputError, match="--video-ids: expected videos of test_dataloader.dataset"):
        split.chosen(["nowhere"], 1)


def test_a_config_without_the_split_is_refused(config):
    config.pop("val_dataloader")
    with pytest.raises(InputError, match=r"it has no val_dataloader\.dataset"):
        SplitVideos(config, "val")


def test_a_sample_has_its_features_and_events_in_steps(split, annotated, tiny_world):
    name = split.chosen(None, 1)[0]
    sample = split.sample(name)
    stored = np.load(next(tiny_world.glob(f"av_features/{name}*_audio.npy")))
    np.testing.assert_array_equal(sample.features["audio"], stored)
    assert sample.duration == annotated[name].duration
    np.testing.assert_array_equal(sample.annotated.segments, annotated[name].events.segments)
    # Steps of a quarter of a second, the first one centred at half a second.
    steps = (annotated[name].events.segments - 0.5) / 0.25
    np.testing.assert_allclose(sample.events.segments, steps, atol=1e-5)


def test_a_training_sample_is_the_crop_of_its_epoch(config):
    split = SplitVideos(config, "train")
    name = split.chosen(None, 1)[0]

    def crop(epoch):
        split.set_randomness(0, epoch)
        return split.sample(name).features["visual"]

    first = crop(0)
    assert len(first) <= 16
    np.testing.assert_array_equal(first, crop(0))
    assert any(not np.array_equal(first, crop(epoch)) for epoch in range(1, 6))


def test_labels_of_segments_become_events():
    labels = np.array([2, 2, 3, 3, 0])
    maps = torch.arange(5 * 2 * 2 * 3.0).view(5, 2, 2, 3)
    sample = SEGMENTS.sample("v", segment_labels=labels)
    loaded = unpacked(dict(inputs=dict(visual=maps), data_samples=sample), num_classes=3)
    assert loaded.annotated.segments.tolist() == [[0, 2], [4, 5]]
    assert loaded.events.segments.tolist() == [[0, 1], [4, 4]]
    assert loaded.annotated.labels.tolist() == [2, 0]
    assert loaded.duration == 5
    assert loaded.grid.to_seconds(1) == 1.5
    # The mean over the cells of a map.
    np.testing.assert_array_equal(loaded.features["visual"][0], [4.5, 5.5, 6.5])


def test_videos_inside_wrappers_are_found_with_the_classes_of_their_dataset(config):
    inner = config.test_dataloader.dataset
    tasks = dict(test=inner, train=dict(inner, subset="train"))
    config.test_dataloader.dataset = dict(type="MultiTaskDataset", datasets=tasks)
    split = SplitVideos(config)
    assert len(split.video_ids) == 5 + 8
    last = split.video_ids[-1]
    assert len(split.classes(last)) == 3
    assert split.sample(last).features["visual"].shape[1] == 8
