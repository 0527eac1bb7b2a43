"""Creation of custom datasets."""

import json
import os

import pytest

from loco_mm.apis import import_annotations, importing, load_config
from loco_mm.errors import InputError
from loco_mm.exchange import Split
from loco_mm.features import default_extractor, extract_videos
from loco_mm.fileio import read_annotations
from loco_mm.registry import DATASETS
from loco_mm.structures import TemporalGrid

from ..comparing import CONFIGS
from ..media_files import write_flash

BASE = CONFIGS / "loco_rendered.py"


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for name, seconds in (("a", 4), ("b", 5), ("-c", 6)):
        write_flash(folder / f"{name}.mp4", fps=10, seconds=seconds, rate=8000)
    return folder


def table(folder, rows="a,1,2,rain\nb,0.5,3,dog\n-c,2,5,rain\n"):
    path = folder / "events.csv"
    path.write_text(f"video_id,start,end,label\n{rows}")
    return path


def test_annotations_and_a_config(videos, tmp_path):
    made = import_annotations(table(tmp_path), tmp_path / "my data", BASE, videos)
    content = read_annotations(made.annotations, strict=True)
    durations = {video_id: video.duration for video_id, video in content.videos.items()}
    assert durations == pytest.approx({"a": 4, "b": 5, "-c": 6}, abs=0.1)
    assert {video.subset for video in content.videos.values()} == {"train", "validation", "test"}
    assert made.config == tmp_path / "my data" / "loco_my_data.py" and made.is_new_config
    cfg = load_config(str(made.config))
    assert cfg.model.head.num_classes == 2 and cfg.model.max_len == 64
    for split in ("train", "val", "test"):
        dataset = cfg[f"{split}_dataloader"].dataset
        assert dataset.data_root == str(tmp_path / "my data")
        assert dataset.ann_file == "annotations/annotations.json"
        assert dataset.features == default_extractor()


def test_a_config_is_read_from_any_folder_and_through_links(videos, tmp_path, monkeypatch):
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "data").symlink_to(tmp_path / "disk" / "deep")
    table(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    base = os.path.relpath(BASE)
    made = import_annotations("events.csv", "data/mine", base, videos)
    monkeypatch.chdir(tmp_path)
    for config in ("project/data/mine/loco_mine.py", "disk/deep/mine/loco_mine.py"):
        cfg = load_config(config)
        dataset = cfg.train_dataloader.dataset
        assert os.path.samefile(dataset.data_root, "disk/deep/mine")
        assert cfg.model.head.num_classes == 2
    assert made.is_new_config


def test_a_config_that_is_there_is_kept(videos, tmp_path):
    first = import_annotations(table(tmp_path), tmp_path, BASE, videos)
    first.config.write_text("mine")
    second = import_annotations(table(tmp_path, "a,1,2,horn\n"), tmp_path, BASE, videos)
    assert not second.is_new_config and second.config.read_text() == "mine"
    assert read_annotations(second.annotations).classes == ("horn",)


def test_extracted_features_tell_lengths_widths_and_grid(videos, tmp_path):
    extractor = dict(type="spectral", grid=dict(fps=8, num_frames=4, stride=2))
    extract_videos(extractor, [str(videos / f"{name}.mp4") for name in ("a", "b", "-c")], tmp_path)
    made = import_annotations(
        table(tmp_path), tmp_path, CONFIGS / "loco_unav100_onepeace.py", split=Split((1, 0, 0))
    )
    cfg = load_config(str(made.config))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    assert dataset.features.grid == TemporalGrid(fps=8, num_frames=4, stride=2)
    assert cfg.model.encoder.visual_dim == dataset.features.visual.dim == 322
    content = read_annotations(made.annotations)
    assert content.videos["-c"].duration == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize(("seconds", "length"), [(20, 96), (300, 512)])
def test_the_length_of_a_training_crop(tmp_path, monkeypatch, seconds, length):
    monkeypatch.setattr(importing, "default_extractor", lambda: "spectral")
    path = tmp_path / "events.csv"
    path.write_text(f"video_id,start,end,label,duration\na,1,2,rain,{seconds}\n")
    made = import_annotations(path, tmp_path, BASE)
    cfg = load_config(str(made.config))
    assert cfg.model.max_len == cfg.train_dataloader.dataset.max_len == length
    assert cfg.model.pyramid.num_levels == (5 if length <= 128 else 6)


def test_media_files_that_cannot_be_read(videos, tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"nothing")
    for name in ("b", "-c"):
        (folder / f"{name}.mp4").symlink_to(videos / f"{name}.mp4")
    with pytest.raises(InputError, match="1 of 3 media files cannot be used: media file .*a.mp4"):
        import_annotations(table(tmp_path), tmp_path / "out", BASE, folder)
    (folder / "a.mp4").unlink()
    with pytest.raises(InputError, match="the duration of 1 of 3 videos is not known, .*: a"):
        import_annotations(table(tmp_path), tmp_path / "out", BASE, folder)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="videos .*gone: no such folder"):
        import_annotations(table(tmp_path), tmp_path / "out", BASE, tmp_path / "gone")


def test_classes_of_a_file(videos, tmp_path):
    (tmp_path / "classes.txt").write_text("rain\nhorn\ndog\n")
    made = import_annotations(
        table(tmp_path), tmp_path, BASE, videos, classes=str(tmp_path / "classes.txt")
    )
    assert json.loads(made.annotations.read_text())["classes"] == ["rain", "horn", "dog"]
