"""Files of a world with segment labels, in both layouts, and the datasets that read them."""

import hashlib

import h5py
import numpy as np
import pytest

from loco_mm.datasets import AVEDataset, VGGSoundAVELDataset
from loco_mm.errors import InputError
from loco_mm.worlds.synthetic import make_segment_plan

PIPELINE = [dict(type="LoadSegmentFeatures"), dict(type="PackSegmentInputs")]
READ = dict(features="map", visual_dim=6, audio_dim=4, pipeline=PIPELINE)
DATASETS = {"ave": AVEDataset, "vggsound-avel": VGGSoundAVELDataset}


def plan(world=None, **files):
    small = dict(num_videos=[5, 2, 3], num_noisy=2, widths=[6, 4], cells=7)
    return make_segment_plan(dict(num_classes=9) | (world or {}), small | files)


def digest(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "world.json"
    }


@pytest.mark.parametrize("layout", DATASETS)
def test_the_same_settings_give_the_same_bytes(tmp_path, layout):
    plan(layout=layout).write(tmp_path / "a")
    plan(layout=layout).write(tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    plan(dict(seed=1), layout=layout).write(tmp_path / "c")
    assert (
        not digest(tmp_path / "a").items()
        & {
            name: value
            for name, value in digest(tmp_path / "c").items()
            if "Categories" not in name
        }.items()
    )


def samples_of(layout, root, **settings):
    dataset = DATASETS[layout](
        data_root=str(root), subset=["train", "val", "test"], **READ, **settings
    )
    samples = [dataset[index] for index in range(len(dataset))]
    return {sample["data_samples"].row: sample for sample in samples}


def test_both_layouts_hold_the_same_world(tmp_path):
    found = {}
    for layout in DATASETS:
        plan(layout=layout).write(tmp_path / layout)
        found[layout] = samples_of(layout, tmp_path / layout)
        assert len(found[layout]) == 10
    for row, sample in found["ave"].items():
        other = found["vggsound-avel"][row]
        for name in ("visual", "audio"):
            np.testing.assert_array_equal(sample["inputs"][name], other["inputs"][name])
        labels, other_labels = (s["data_samples"].gt_segment_labels for s in (sample, other))
        assert other["data_samples"].video_id == sample["data_samples"].video_id
        # Background is the last label: 28 in AVE, 9 with nine classes.
        np.testing.assert_array_equal(np.where(labels == 28, 9, labels), other_labels)


def test_labels_are_what_is_heard_and_seen(tmp_path):
    content = plan().content()
    plan().write(tmp_path / "w")
    for row, sample in samples_of("ave", tmp_path / "w").items():
        script = content.videos[row].script
        both = (script.heard >= 0) & (script.seen >= 0)
        labels = sample["data_samples"].gt_segment_labels.numpy()
        np.testing.assert_array_equal(labels != 28, both)
        label = int(sample["data_samples"].gt_video_label.argmax())
        assert set(labels.tolist()) <= {label, 28}
    with h5py.File(tmp_path / "w" / "visual_feature_noisy.h5") as file:
        assert file["avadataset"].shape == (2, 10, 7, 7, 6)


def test_orders_point_at_rows_all_over_the_file(tmp_path):
    plan().write(tmp_path / "w")
    orders = []
    for subset, count in (("train", 5), ("val", 2), ("test", 3)):
        with h5py.File(tmp_path / "w" / f"{subset}_order.h5") as file:
            orders.append(file["order"][:].tolist())
        assert len(orders[-1]) == count
    assert sorted(sum(orders, [])) == list(range(10)) != sum(orders, [])


@pytest.mark.parametrize("layout", DATASETS)
def test_files_that_are_gone_are_written_again(tmp_path, layout):
    root = tmp_path / "w"
    assert plan(layout=layout).write(root)
    before = digest(root)
    for name in list(before)[::2]:
        (root / name).unlink()
    with pytest.warns(UserWarning, match="files are missing"):
        assert plan(layout=layout).write(root) == len(list(before)[::2])
    assert digest(root) == before
    assert plan(layout=layout).write(root) == 0
    with pytest.raises(InputError, match="not empty, and not this world"):
        plan(layout=layout, widths=[5, 5]).write(root)


@pytest.mark.parametrize("layout", DATASETS)
def test_real_labels_and_splits(shared, tmp_path, layout):
    ave = shared / "data" / "ave"
    real = plan(dict(num_classes=28), ave=str(ave), layout=layout, widths=[2, 2], cells=1)
    content = real.content()
    assert len(content.videos) == 4143
    assert real.size(content) == 4 * 4145 * 10 * 4
    if layout == "vggsound-avel":
        return  # 12,000 archives are only for the tool
    real.write(tmp_path / "w")
    assert (tmp_path / "w/Annotations.txt").read_bytes() == (ave / "Annotations.txt").read_bytes()
    for subset in ("train", "val", "test"):
        with (
            h5py.File(ave / f"{subset}_order.h5") as one,
            h5py.File(tmp_path / "w" / f"{subset}_order.h5") as two,
        ):
            np.testing.assert_array_equal(one["order"], two["order"])
    script = content.videos[26].script
    assert not ((script.heard >= 0) & (script.seen >= 0)).any()


def test_ids_that_are_not_alone_get_names_of_their_own(tmp_path):
    first = plan(num_videos=[2, 1, 1]).content()
    lines = [f"{video.line.category}&same&good&0&10\n" for video in first.videos]
    plan(num_videos=[2, 1, 1]).write(tmp_path / "given")
    (tmp_path / "given" / "Annotations.txt").write_text("".join(lines))
    plan(ave=str(tmp_path / "given"), layout="vggsound-avel").write(tmp_path / "w")
    names = sorted(path.name for path in (tmp_path / "w" / "audio").iterdir())
    assert names == ["same+++.zip", "same++.zip", "same+.zip", "same.zip"]
    assert len(samples_of("vggsound-avel", tmp_path / "w")) == 4


@pytest.mark.parametrize(
    ("world", "files", "message"),
    [
        ({}, dict(num_videos=[1, 0, 1]), "expected three integers >= 1, got num_videos=(1, 0, 1)"),
        ({}, dict(num_noisy=0), "expected an integer >= 1, got num_noisy=0"),
        ({}, dict(layout="i3d"), "expected one of ['ave', 'vggsound-avel'], got layout='i3d'"),
        ({}, dict(widths=[1, 2]), "expected two integers >= 2, got widths=(1, 2)"),
        ({}, dict(cells=0), "expected an integer >= 1, got cells=0"),
        (dict(num_classes=29), {}, "expected at most the 28 classes of AVE, got num_classes=29"),
        (dict(noise=1), {}, "unexpected keyword argument 'noise'"),
        ({}, dict(ave="gone"), "annotation file gone/Annotations.txt: no such file"),
    ],
)
def test_bad_settings_are_named(tmp_path, world, files, message):
    with pytest.raises(InputError) as caught:
        plan(world, **files).write(tmp_path / "w")
    assert message in str(caught.value)
    assert not (tmp_path / "w").exists()
