"""Features that are kept in memory or on the device."""

import gc
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader

from loco_mm.apis.packing import pack_datasets
from loco_mm.datasets import AVDataset, collate_av, feature_cache
from loco_mm.datasets.feature_cache import CachedRows, DeviceCache, free_memory
from loco_mm.errors import InputError
from loco_mm.models import AVDataPreprocessor

from .conftest import FEATURES

PIPELINE = [
    dict(type="LoadAVFeatures"),
    dict(type="SegmentsToGrid"),
    dict(type="RandomTemporalCrop", max_len=16),
    dict(type="PackAVInputs"),
]
CPU = torch.device("cpu")


@pytest.fixture
def root(write, database, write_features):
    root = write(database)
    for number, video_id in enumerate(database):
        # The second video is shorter than a crop.
        write_features(root, video_id, steps=(37, 36, 38, 37)[number])
    return root


def build(root, cache=None, **settings):
    settings = dict(features=FEATURES, pipeline=PIPELINE) | settings
    return AVDataset(data_root=str(root), cache=cache, **settings)


def batches(dataset, workers=0, **settings):
    """Inputs of the batches of two epochs, as a model gets them."""
    loader = DataLoader(
        dataset, batch_size=2, collate_fn=collate_av, num_workers=workers, **settings
    )
    preprocessor = AVDataPreprocessor(16)
    for epoch in range(2):
        dataset.set_randomness(7, epoch)
        yield from (preprocessor(batch, True)["inputs"] for batch in loader)


def assert_same(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert torch.equal(one[name], other[name])
            assert one[name].dtype == other[name].dtype


@pytest.mark.parametrize("cache", ["ram", "device"])
def test_batches_are_the_same_to_the_last_bit(root, cache):
    wanted = list(batches(build(root)))
    assert len(wanted) == 4 and not torch.equal(wanted[0]["visual"], wanted[2]["visual"])
    assert_same(batches(build(root, cache)), wanted)


@pytest.mark.run
@pytest.mark.parametrize(("cache", "start"), [("device", "fork"), ("ram", "spawn")])
def test_batches_of_workers(root, cache, start):
    found = batches(build(root, cache), 1, multiprocessing_context=start)
    assert_same(found, batches(build(root)))


@pytest.mark.parametrize("cache", ["ram", "device"])
def test_features_are_read_once(root, cache):
    dataset = build(root, cache)
    first = list(batches(dataset))
    for path in (root / "av_features").iterdir():
        path.unlink()
    assert_same(batches(dataset), first)


@pytest.mark.parametrize("cache", ["ram", "device"])
def test_rounded_features_take_half_the_memory(root, cache):
    pack_datasets({"dataset": build(root)}, root / "half.safetensors", "bfloat16")
    prefix = dict(features="half.safetensors")
    dataset = build(root, cache, data_prefix=prefix)
    assert dataset.source.size == build(root, "device").source.size / 2
    assert dataset.source.size == 2 * (4 + 3) * (37 + 36 + 38)
    assert_same(batches(dataset), batches(build(root, data_prefix=prefix)))


def test_caches_of_several_datasets_in_a_batch(root):
    plain, train, test = build(root), build(root, "device"), build(root, "device", subset="test")
    order = [(train, 0), (test, 0), (train, 2), (test, 0)]
    preprocessor = AVDataPreprocessor(16)
    test_plain = build(root, subset="test")
    found, wanted = (
        preprocessor(collate_av([dataset[index] for dataset, index in samples]), True)["inputs"]
        for samples in (
            order,
            [(plain if dataset is train else test_plain, index) for dataset, index in order],
        )
    )
    assert_same([found], [wanted])
    assert len(ConcatDataset([train, test])) == 4


@pytest.mark.parametrize("cache", ["ram", "device"])
def test_one_modality(root, cache):
    for path in (root / "av_features").glob("*_v.npy"):
        path.unlink()
    found = list(batches(build(root, cache, modalities="audio")))
    assert_same(found, batches(build(root, modalities="audio")))
    assert found[0]["audio"].any() and not found[0]["visual"].any()


def test_rows_on_the_device_can_be_cut_and_nothing_else():
    rows = CachedRows(3, np.arange(10, 20))
    assert len(rows[2:5]) == 3
    assert rows[2:5][1:].to_tensor().tolist() == [[3, 13], [3, 14]]
    assert rows[::-4].to_tensor().tolist() == [[3, 19], [3, 15], [3, 11]]
    with pytest.raises(TypeError):
        rows * 2


def test_features_in_memory_cannot_be_changed(root):
    with pytest.raises(ValueError, match="read-only"):
        build(root, "ram", pipeline=PIPELINE[:1])[0]["visual"][0] = 0


def test_a_cache_ends_with_its_dataset(root):
    dataset = build(root, "device")
    list(batches(dataset))
    number = dataset.source.number
    assert number in feature_cache._CACHES
    assert isinstance(pickle.loads(pickle.dumps(dataset.source)), DeviceCache)
    del dataset
    gc.collect()
    assert number not in feature_cache._CACHES


def test_a_cache_that_does_not_fit(root, monkeypatch):
    monkeypatch.setattr(feature_cache, "free_memory", lambda device: 3000)
    message = (
        f"^dataset.cache: expected 3.11e-06 GB of free memory on cpu for the features in {root}"
        "/av_features, got 3e-06 GB: pack them in bfloat16"
    )
    with pytest.raises(InputError, match=message):
        build(root, "ram")
    # The device is known when the model gets the first batch.
    dataset = build(root, "device")
    with pytest.raises(InputError, match=message):
        next(batches(dataset))


def test_free_memory():
    free = free_memory(CPU)
    assert free is None or 1 << 20 < free < 1 << 60


def test_a_cache_needs_features(root):
    with pytest.raises(InputError, match="^dataset.cache: expected None without features, got"):
        build(root, "ram", features=None, pipeline=[])
    with pytest.raises(InputError, match="cache: expected 'ram' or 'device'"):
        build(root, "disk")
