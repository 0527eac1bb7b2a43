"""Files of a synthetic world, and the dataset that reads them."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from loco_mm.datasets import read_annotations
from loco_mm.errors import InputError
from loco_mm.structures import FEATURE_KINDS
from loco_mm.worlds.synthetic import (
    ANN_FILE,
    SyntheticAVDataset,
    SyntheticWorld,
    WorldFiles,
    make_plan,
)

WORLD = SyntheticWorld(num_classes=4, durations=(4.0, 9.0))


def small_files(**settings):
    return WorldFiles(WORLD, **(dict(num_videos=(4, 2, 3), widths=(6, 4)) | settings))


def digest(root):
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "world.json"
    }


def test_the_same_settings_give_the_same_bytes_and_more_videos_the_same_first_ones(tmp_path):
    small_files().write(tmp_path / "a")
    small_files().write(tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    small_files(num_videos=(7, 2, 3)).write(tmp_path / "c")
    more = digest(tmp_path / "c")
    features = {k: v for k, v in digest(tmp_path / "a").items() if k.startswith("av_features")}
    assert features.items() <= more.items()
    other = WorldFiles(dataclasses.replace(WORLD, seed=1), num_videos=(4, 2, 3), widths=(6, 4))
    other.write(tmp_path / "d")
    assert not digest(tmp_path / "d").items() & features.items()


def test_files_have_the_real_form_in_both_layouts(tmp_path):
    small_files(layouts=("onepeace", "i3d-vggish")).write(tmp_path / "w")
    content = json.loads((tmp_path / "w" / ANN_FILE).read_text())["database"]
    assert [v["subset"] for v in content.values()] == 4 * ["train"] + 2 * ["validation"] + 3 * [
        "test"
    ]
    read_annotations(tmp_path / "w" / ANN_FILE, strict=True)
    for video_id, video in content.items():
        assert len(video_id) == 11
        for layout, widths in (
            ("onepeace", {"_one_peace_video_finetune": 6, "_one_peace_audio": 4}),
            ("i3d-vggish", {"_rgb": 3, "_flow": 3, "_vggish": 4}),
        ):
            steps = FEATURE_KINDS[layout].grid.num_steps(video["duration"])
            for suffix, width in widths.items():
                values = np.load(tmp_path / "w" / "av_features" / f"{video_id}{suffix}.npy")
                assert values.shape == (steps, width)
                assert values.dtype == np.float32


def test_the_widths_of_real_features(tmp_path):
    small_files(num_videos=(1, 0, 0), widths=None, layouts=("onepeace", "i3d-vggish")).write(
        tmp_path / "w"
    )
    widths = sorted(np.load(p).shape[1] for p in (tmp_path / "w" / "av_features").iterdir())
    assert widths == [128, 1024, 1024, 1536, 1536]


def test_another_world_is_not_overwritten_and_the_same_is_left(tmp_path):
    root = tmp_path / "w"
    assert small_files().write(root)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    assert not small_files().write(root)
    assert before == {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    with pytest.raises(InputError, match="not empty, and not this world"):
        small_files(widths=(8, 8)).write(root)
    assert small_files(widths=(8, 8)).write(root, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_world_is_never_replaced(tmp_path, overwrite):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="not empty, and not a synthetic world"):
        small_files().write(mine, overwrite=overwrite)
    with pytest.raises(InputError, match="expected a folder, got a file"):
        small_files().write(mine / "thesis.txt", overwrite=overwrite)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


def test_an_empty_folder_and_a_link_to_one_are_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    assert small_files().write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "empty" / ANN_FILE).is_file()
    assert not small_files().write(tmp_path / "empty")


def test_the_faster_of_two_processes_wins(tmp_path):
    root, inode = tmp_path / "w", []

    def meanwhile(videos):
        small_files().write(root)
        inode.append((root / ANN_FILE).stat().st_ino)
        return videos

    assert not small_files().write(root, progress=meanwhile)
    assert (root / ANN_FILE).stat().st_ino == inode[0]
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_another_world_written_meanwhile_is_kept(tmp_path):
    def meanwhile(videos):
        small_files(widths=(8, 8)).write(tmp_path / "w")
        return videos

    with pytest.raises(InputError, match="not this world"):
        small_files().write(tmp_path / "w", progress=meanwhile)
    assert not small_files(widths=(8, 8)).write(tmp_path / "w")


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    calls = []

    def fail(*_, **__):
        calls.append(1)
        if len(calls) == 5:
            raise OSError("disk full")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(InputError, match="cannot be written: disk full"):
        small_files().write(tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_the_old_world_stays_when_its_successor_fails(tmp_path, monkeypatch):
    small_files().write(tmp_path / "w")
    before = digest(tmp_path / "w")

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(InputError, match="cannot be written: disk full"):
        small_files(widths=(8, 8)).write(tmp_path / "w", overwrite=True)
    assert digest(tmp_path / "w") == before
    assert not small_files().write(tmp_path / "w")


def test_shuffled_labels_keep_features_and_counts(tmp_path):
    small_files(num_videos=(30, 2, 3)).write(tmp_path / "a")
    small_files(num_videos=(30, 2, 3), shuffle_train_labels=True).write(tmp_path / "b")
    one, other = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert [k for k in one if one[k] != other[k]] == [ANN_FILE]
    a, b = (read_annotations(tmp_path / name / ANN_FILE) for name in "ab")
    train = [v for v, entry in a.videos.items() if entry.subset == "train"]
    labels = [np.concatenate([c.videos[v].events.labels for v in train]) for c in (a, b)]
    assert not np.array_equal(*labels)
    assert np.array_equal(np.sort(labels[0]), np.sort(labels[1]))
    rest = a.videos.keys() - set(train)
    assert all(np.array_equal(a.videos[v].events.labels, b.videos[v].events.labels) for v in rest)


def test_events_of_a_given_file_are_taken(tmp_path):
    annotations = tmp_path / "real.json"
    small_files(num_videos=(6, 3, 4)).write(tmp_path / "source")
    annotations.write_bytes((tmp_path / "source" / ANN_FILE).read_bytes())
    plan = small_files(num_videos=(3, 1, 2), annotations=str(annotations))
    plan.write(tmp_path / "w")
    source, taken = read_annotations(annotations), read_annotations(tmp_path / "w" / ANN_FILE)
    assert len(taken.videos) == 6
    assert taken.classes == source.classes
    for name, video in taken.videos.items():
        assert video.duration == source.videos[name].duration
        assert np.array_equal(video.events.segments, source.videos[name].events.segments)
        assert np.array_equal(video.events.labels, source.videos[name].events.labels)
    with pytest.raises(InputError, match="expected 9 videos of subset 'train' in .*, got 6"):
        small_files(num_videos=(9, 1, 1), annotations=str(annotations)).write(tmp_path / "x")


def test_some_classes_of_a_given_file_are_taken_with_the_videos_that_have_no_others(tmp_path):
    small_files(num_videos=(40, 9, 9)).write(tmp_path / "source")
    path = tmp_path / "source" / ANN_FILE
    source = read_annotations(path)
    world = dataclasses.replace(WORLD, num_classes=2)
    settings = dict(num_videos=(5, 1, 1), widths=(6, 4), annotations=str(path))
    WorldFiles(world, labels=(3, 1), **settings).write(tmp_path / "w")
    taken = read_annotations(tmp_path / "w" / ANN_FILE)
    assert taken.classes == ("class 3", "class 1")
    for name, video in taken.videos.items():
        given = source.videos[name].events
        assert np.array_equal(video.events.segments, given.segments)
        assert [(3, 1)[label] for label in video.events.labels] == given.labels.tolist()
    names = [n for n, v in source.videos.items() if v.subset == "train" and n in taken.videos]
    fitting = [
        n
        for n, v in source.videos.items()
        if v.subset == "train" and set(v.events.labels.tolist()) <= {1, 3}
    ]
    assert names == fitting[:5]
    with pytest.raises(InputError, match="expected at least 8 classes, got 4"):
        WorldFiles(world, labels=(0, 7), **settings).write(tmp_path / "x")


def test_given_annotations_count_by_their_content(tmp_path):
    small_files().write(tmp_path / "source")
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    for path in (one, other):
        path.write_bytes((tmp_path / "source" / ANN_FILE).read_bytes())
    small_files(annotations=str(one)).write(tmp_path / "w")
    assert not small_files(annotations=str(other)).write(tmp_path / "w")
    content = json.loads(one.read_text())
    next(iter(content["database"].values()))["duration"] += 1
    one.write_text(json.dumps(content))
    with pytest.raises(InputError, match="not this world"):
        small_files(annotations=str(one)).write(tmp_path / "w")
    with pytest.raises(InputError, match=r"annotation file gone.json: no such file"):
        small_files(annotations="gone.json").write(tmp_path / "x")


def test_real_annotations_run(tmp_path, shared):
    path = shared / "data" / "unav100_annotations.json"
    world = dataclasses.replace(WORLD, num_classes=100)
    WorldFiles(world, (3, 2, 2), widths=(4, 4), annotations=str(path)).write(tmp_path / "w")
    taken, real = read_annotations(tmp_path / "w" / ANN_FILE), read_annotations(path)
    assert len(taken.videos) == 7
    for name, video in taken.videos.items():
        assert np.array_equal(video.events.segments, real.videos[name].events.segments)


def test_the_dataset_writes_its_world_and_reads_it(tmp_path):
    settings = dict(
        world=dict(num_classes=4, durations=[4.0, 9.0]),
        files=dict(num_videos=[4, 2, 3], widths=[6, 4]),
        data_root=str(tmp_path / "w"),
        features=dict(kind="onepeace", visual=dict(dim=6), audio=dict(dim=4)),
        pipeline=[dict(type="LoadAVFeatures")],
    )
    dataset = SyntheticAVDataset(subset="test", **settings)
    assert len(dataset) == 3
    assert dataset[0]["visual"].shape[1] == 6
    assert len(SyntheticAVDataset(subset="train", **settings)) == 4


@pytest.mark.parametrize(
    ("world", "files", "message"),
    [
        (dict(signal=-1.0), {}, "signal=-1.0 is out of range"),
        (dict(durations=[9.0, 4.0]), {}, r"durations=\(9.0, 4.0\)"),
        (dict(colour="red"), {}, "unexpected keyword argument 'colour'"),
        (
            {},
            dict(num_videos=[1, 2]),
            r"expected three counts, not all of them 0, got num_videos=\(1, 2\)",
        ),
        (
            {},
            dict(num_videos=[0, 0, 0]),
            r"synthetic world: expected three counts, not all of them 0, got num_videos=\(0, 0, "
            r"0\)",
        ),
        ({}, dict(num_videos=5), "expected three counts, not all of them 0, got num_videos=5"),
        ({}, dict(layouts="onepeace"), "got layouts='onepeace'"),
        ({}, dict(widths=64), "expected two of at least 2, got widths=64"),
        ({}, dict(layouts=["clip"]), r"layouts=\('clip',\)"),
        ({}, dict(widths=[1, 4]), r"widths=\(1, 4\)"),
        (
            {},
            dict(labels=[0, 1]),
            r"synthetic world: expected the numbers of num_classes=25 classes of an annotation "
            r"file, got labels=\(0, 1\)",
        ),
        (
            dict(num_classes=3),
            dict(labels=[0, 1], annotations="some.json"),
            r"expected the numbers of num_classes=3 classes of an annotation file, got "
            r"labels=\(0, 1\)",
        ),
    ],
)
def test_bad_settings_are_refused_by_name(world, files, message):
    with pytest.raises(InputError, match=message):
        make_plan(world, files)


def test_the_room_that_a_world_needs_is_known_beforehand(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "loco_mm.worlds.synthetic.plan.check_folder", lambda path, size: asked.append(size)
    )
    for layouts in (("onepeace",), ("onepeace", "i3d-vggish")):
        root = tmp_path / str(len(layouts))
        small_files(layouts=layouts).write(root)
        written = sum(np.load(path).nbytes for path in (root / "av_features").iterdir())
        assert asked.pop() == written
