"""All readers of untrusted files, with a valid file for each.

Each reader has a row in ``READERS``: ``test_readers.py`` gives it other files, and ``test_fuzz.py``
randomly damaged ones.
"""

import io
import json
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import torch
from safetensors.torch import save

from loco_mm.apis import evaluate_files, load_config
from loco_mm.apis.hearing import UNAV100_SOUNDS
from loco_mm.apis.hearing.audioset import read_class_map
from loco_mm.apis.models import config_and_weights
from loco_mm.apis.reproduction.records import RECORD_FILE, read_record
from loco_mm.apis.training_logs import SCALARS_FILE, read_training_log
from loco_mm.datasets.avel import read_ave_annotations, read_video_table
from loco_mm.datasets.feature_files import read_features, read_lengths
from loco_mm.exchange import FORMATS, EventTable, NamedEvent, VideoEvents
from loco_mm.fileio import (
    HDF5Array,
    PackedFeatures,
    as_checkpoint,
    class_names,
    read_annotations,
    read_arrays,
    read_checkpoint,
    read_description,
    read_manifest,
    read_tensor_bundle,
    read_zipped_array,
    write_packed_features,
)
from loco_mm.fileio.feature_folder import DESCRIPTION_FILE
from loco_mm.media import FrameSpec, open_live, probe, read_frames, read_sound
from loco_mm.media.clips import read_picture, read_recording
from loco_mm.structures import FeatureKind, FeatureStream, TemporalGrid
from loco_mm.worlds.synthetic.folder import WORLD_FILE, WorldRecord

from ..content_files import write_picture, write_tone
from ..media_files import write_flash
from ..tensor_bundles import write_bundle
from .mutations import damaged, documents, npy_files

CLASSES = ["bark", "rain"]
KIND = FeatureKind(
    FeatureStream(("_v.npy",), 4), FeatureStream(("_a.npy",), 4), TemporalGrid(16, 16, 4)
)


def _event(start, end, label):
    return dict(segment=[start, end], label=CLASSES[label], label_id=label)


DATABASE = {
    "a-1": dict(
        duration=10.0, subset="train", annotations=[_event(0, 4.5, 0), _event(2.0, 9.0, 1)]
    ),
    "b": dict(duration=20, subset="test", annotations=[_event(1.0, 2.0, 1)]),
    "c": dict(duration=5.5, subset="test", annotations=[]),
}
RESULTS = dict(
    b=[
        dict(segment=[1.0, 2.5], label="rain", score=0.75),
        dict(segment=[0.0, 20.0], label_id=0, score=0.5),
    ],
    c=[],
)


class NothingThereError(Exception):
    """A reader must not accept other files."""


def accept_annotations(path):
    content = read_annotations(path)
    for video in content.videos.values():
        segments, labels = video.events.segments, video.events.labels
        assert np.isfinite(segments).all()
        assert (segments[:, 0] <= segments[:, 1]).all() and (segments >= 0).all()
        assert ((labels >= 0) & (labels < len(content.classes))).all()
        assert 0 < video.duration < 1e10


def accept_predictions(path):
    (path.parent / "annotations.json").write_text(json.dumps(dict(database=DATABASE)))
    found = evaluate_files(path, path.parent / "annotations.json")
    assert np.isfinite(found.figures.average_mAP)


def accept_features(path):
    np.save(path.parent / "x_a.npy", np.ones((5, 4), np.float32))
    visual, _ = read_lengths(KIND, str(path.parent), "x")
    features = read_features(KIND, "visual", str(path.parent), "x")
    assert features.shape == (visual, 4)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def accept_record(path):
    record = WorldRecord.read(path.parent)
    if record is None:
        raise NothingThereError
    assert not any(".." in name for name in record.missing(path.parent))


def accept_run(path):
    assert all(isinstance(value, float) for value in read_record(path).figures.values())


def accept_classes(path):
    names = class_names(str(path), "x")
    assert all(names) and len(set(names)) == len(names)


def accept_class_map(path):
    assert len(set(read_class_map(path))) == 521


def accept_config(path):
    assert load_config(str(path)).model.type


def accept_published(path):
    (path.parent / "x.safetensors").write_bytes(b"")
    if not path.exists():
        raise NothingThereError
    cfg, _ = config_and_weights(path.parent, None)
    assert set(cfg) == {"model"}
    assert cfg.model.type == "UnimodalEncoder"


def accept_description(path):
    description = read_description(path.parent)
    if description is None:
        raise NothingThereError
    assert description.extractor


def accept_manifest(path):
    if not path.exists():
        raise NothingThereError
    for video_id, entry in read_manifest(path.parent).items():
        assert video_id == entry.video_id
        assert not entry.is_whole(path.parent) or not entry.files


def accept_arrays(path):
    (array,) = read_arrays(path, ["a"])
    assert array.nbytes <= 10 * len(path.read_bytes())


def accept_media(path):
    media = probe(path)
    assert 0 < media.video_end < 1e6 and 0 < media.audio_end < 1e6
    frames = list(read_frames(media, 5, 8, FrameSpec(8)))
    assert [frame.shape for frame in frames] == [(8, 8, 3)] * 8
    sound = np.concatenate(list(read_sound(media, 8000, 12000)))
    assert sound.shape == (12000,)


def accept_running_media(path):
    with open_live(path, 0.0) as media:
        frames = list(islice(media.frames(5, FrameSpec(8)), 8))
        assert [frame.shape for frame in frames] == [(8, 8, 3)] * 8
        assert len(next(media.sound(8000))) > 0
        media.read_until(1e6)


def accept_picture(path):
    picture = read_picture(path)
    assert picture.ndim == 3 and picture.shape[2] == 4 and picture.dtype == np.uint8


def accept_recording(path):
    samples = read_recording(path, 8000)
    assert samples.ndim == 1 and samples.dtype == np.float32


def accept_checkpoint(path):
    content = as_checkpoint(read_checkpoint(path), path)
    assert all(map(torch.is_tensor, content["state_dict"].values()))


def accept_hdf5(path):
    array = HDF5Array(path, "avadataset", "feature file", [("N", 3, "D")])
    for row in range(len(array)):
        features = array.read_floats(row)
        assert features.shape == array.shape[1:]
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
    array.close()


def accept_packed(path):
    packed = PackedFeatures(path)
    for video_id in ("a", "b"):
        for modality in packed.modalities if video_id in packed else ():
            rows = packed.rows(video_id, modality, check=True)
            assert len(rows) == packed.num_steps(video_id, modality)
            assert rows.dtype is packed.dtype and rows.shape[1] in range(1, 9)


def accept_zipped_array(path):
    array = read_zipped_array(path, "features")
    assert array.dtype.kind in "fiub"
    assert array.size <= len(path.read_bytes())


def accept_tensor_bundle(path):
    path.with_suffix(".data-00000-of-00001").write_bytes(_BUNDLE_DATA)
    for array in read_tensor_bundle(path).values():
        assert array.dtype == np.float32 and array.nbytes <= len(_BUNDLE_DATA)


def accept_ave(path):
    videos = read_ave_annotations(path)
    assert videos
    for video in videos:
        assert video.category and video.video_id and 0 <= video.start <= video.end <= 10


def accept_table(path):
    for row in read_video_table(path):
        assert row.video_id and row.category and "/" not in row.video_id
        assert row.split in ("train", "val", "test")


def accept_events(kind, path):
    for video_id, event in FORMATS[kind].read(path):
        assert video_id and event.label
        assert 0 <= event.start <= event.end < 1e10
        assert event.score is None or np.isfinite(event.score)


class Reader(NamedTuple):
    """A reader, and a valid file for it.

    Attributes:
        module: Module that opens the file, below ``loco_mm``.
        accept: Reads a file, and asserts that the result is valid.
        valid (bytes | object): Content of a valid file, or the value of a JSON file.
        change: Strategy for changed files.
        name: Name of the file.
        odd: Attacks of ``test_readers.py`` that are valid content here: any text is a list of
            classes.
    """

    module: str
    accept: Callable[[Path], None]
    valid: object
    change: Callable
    name: str = "file"
    odd: frozenset[str] = frozenset()

    def write_valid(self, folder):
        """Write the valid file to a folder."""
        path = folder / self.name
        content = self.valid if isinstance(self.valid, bytes) else json.dumps(self.valid).encode()
        path.write_bytes(content)
        return path


def _saved(save):
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def _video():
    with tempfile.TemporaryDirectory() as folder:
        return Path(write_flash(f"{folder}/x.mp4", fps=5.0, seconds=1.5, rate=8000)).read_bytes()


def _class_map():
    known = sorted({sound for sounds in UNAV100_SOUNDS.values() for sound in sounds})
    names = known + [f"sound {number}" for number in range(521 - len(known))]
    rows = [f'{number},/m/{number},"{name}"' for number, name in enumerate(names)]
    return "\n".join(["index,mid,display_name", *rows]).encode()


def _content():
    with tempfile.TemporaryDirectory() as folder:
        picture = write_picture(Path(folder, "x.png"), (9, 8, 7))
        recording = write_tone(Path(folder, "x.wav"), 400, 0.05)
        return picture.read_bytes(), recording.read_bytes()


_PICTURE, _RECORDING = _content()
_ARRAY = np.arange(20, dtype=np.float32).reshape(5, 4)
_ENTRY = dict(
    video_id="a",
    source="a.mp4",
    bytes=7,
    video_seconds=1.5,
    audio_seconds=1.5,
    files={"a_spectral_audio.npy": dict(shape=[5, 130], bytes=2728, sha256="0a")},
)
_MODEL = dict(type="UnimodalEncoder", visual_dim=4, audio_dim=4)
_CHECKPOINT = dict(state_dict=dict(a=torch.ones(3)), meta=dict(epoch=1))

_AVE = "Church bell&v0&good&0&10\nBark&v1&good&2&5\nCat&-v_2&good&0&0\n"
_TABLE = "video_id,category,split\nv0,bark,train\n-v_1,rain,val\nv2,bark,test\n"


_EVENTS = EventTable(
    dict(a=VideoEvents([NamedEvent(1, 2.5, "bark", 0.5), NamedEvent(0, 9, "<rain>", 0.25)]))
)


def _exchange(kind, module, name, change=damaged, odd=frozenset()):
    """A reader of an event format, with a file written by this package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        is_one_of_many = kind in ("audacity", "vtt", "srt")
        FORMATS[kind].write(folder if is_one_of_many else path, _EVENTS)
        content = (path / "tasks.json" if path.is_dir() else path).read_bytes()
    accept = partial(accept_events, kind)
    valid = json.loads(content) if change is documents else content
    return Reader(module, accept, valid, change, name, odd)


def _hdf5(file):
    with h5py.File(file, "w") as content:
        content.create_dataset("avadataset", data=np.arange(24.0).reshape(4, 3, 2))


def _packed():
    with tempfile.TemporaryDirectory() as folder:
        steps = {"a": [3, 2], "b": [1, 1]}
        rows = {
            "visual": [torch.rand(n, 4) for n in (3, 1)],
            "audio": [torch.rand(n, 4) for n in (2, 1)],
        }
        write_packed_features(
            f"{folder}/x", KIND, None, steps, lambda video, modality: rows[modality][video == "b"]
        )
        return Path(folder, "x").read_bytes()


def _bundle():
    with tempfile.TemporaryDirectory() as folder:
        path = write_bundle(f"{folder}/x.index", {"a/kernel": _ARRAY, "a/bias": _ARRAY[0]})
        return path.read_bytes(), path.with_suffix(".data-00000-of-00001").read_bytes()


_BUNDLE, _BUNDLE_DATA = _bundle()


def _zipped(pickled):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("v.pkl", pickled)
    return file.getvalue()


def _zipped_pickles(valid):
    """Bytes of archives with a changed pickle, or of changed archives."""
    with zipfile.ZipFile(io.BytesIO(valid)) as archive:
        pickled = archive.read("v.pkl")
    return damaged(pickled).map(_zipped) | damaged(valid)


READERS = {
    "annotations": Reader(
        "fileio/annotations.py",
        accept_annotations,
        dict(database=DATABASE),
        documents,
    ),
    "with_classes": Reader(
        "fileio/annotations.py",
        accept_annotations,
        dict(database=DATABASE, classes=CLASSES),
        documents,
    ),
    "predictions": Reader(
        "fileio/predictions.py", accept_predictions, dict(results=RESULTS), documents
    ),
    "world": Reader(
        "worlds/synthetic/folder.py",
        accept_record,
        dict(settings=dict(seed=0), files={"a/b.npy": 5, "c.json": None}),
        documents,
        WORLD_FILE,
    ),
    "run": Reader(
        "apis/reproduction/records.py",
        accept_run,
        dict(
            config="a.py",
            options=["a=1"],
            config_hash="0a",
            commit="0b",
            seed=0,
            seconds=1.5,
            figures=dict(mAP=0.5),
        ),
        documents,
        RECORD_FILE,
    ),
    "features": Reader(
        "fileio/npy_files.py",
        accept_features,
        _saved(partial(np.save, arr=_ARRAY)),
        npy_files,
        "x_v.npy",
    ),
    "classes": Reader(
        "fileio/classes.py",
        accept_classes,
        b"bark\nrain\n",
        damaged,
        odd=frozenset(["page", "pointer"]),
    ),
    "class_map": Reader("apis/hearing/audioset.py", accept_class_map, _class_map(), damaged),
    "published": Reader(
        "apis/models.py",
        accept_published,
        dict(_base_=["x.py"], model=_MODEL, custom_imports=dict(imports=["x"])),
        documents,
        "config.json",
    ),
    "description": Reader(
        "fileio/feature_folder.py",
        accept_description,
        dict(
            extractor="spectral",
            version=1,
            settings={},
            weights=dict(visual="0a"),
            features=dict(grid=dict(fps=16, num_frames=8, stride=4)),
        ),
        documents,
        DESCRIPTION_FILE,
    ),
    "manifest": Reader(
        "fileio/feature_folder.py",
        accept_manifest,
        json.dumps(_ENTRY).encode() + b"\n",
        damaged,
        "manifest.jsonl",
        # A last line without line break is incomplete.
        odd=frozenset(["empty", "zeros", "archive"]),
    ),
    "arrays": Reader(
        "fileio/archives.py", accept_arrays, _saved(partial(np.savez, a=_ARRAY)), damaged, "x.npz"
    ),
    "media": Reader("media/probe.py", accept_media, _video(), damaged, "x.mp4"),
    "running_media": Reader("media/growing.py", accept_running_media, _video(), damaged, "x.mp4"),
    "picture": Reader("media/clips.py", accept_picture, _PICTURE, damaged, "x.png"),
    "recording": Reader("media/clips.py", accept_recording, _RECORDING, damaged, "x.wav"),
    "checkpoint": Reader(
        "fileio/checkpoints.py",
        accept_checkpoint,
        _saved(partial(torch.save, _CHECKPOINT)),
        damaged,
    ),
    "safetensors": Reader(
        "fileio/safetensors_files.py",
        accept_checkpoint,
        save(dict(a=torch.ones(3)), dict(dataset_meta='{"classes": ["a"]}')),
        damaged,
        "x.safetensors",
    ),
    "hdf5": Reader("fileio/hdf5.py", accept_hdf5, _saved(_hdf5), damaged, "x.h5"),
    "packed": Reader(
        "fileio/packed_features.py", accept_packed, _packed(), damaged, "x.safetensors"
    ),
    "tensor_bundle": Reader(
        "fileio/tensor_bundles.py", accept_tensor_bundle, _BUNDLE, damaged, "x.index"
    ),
    "zipped_array": Reader(
        "fileio/pickled_arrays.py",
        accept_zipped_array,
        _zipped(pickle.dumps(_ARRAY, 4)),
        _zipped_pickles,
    ),
    "ave_annotations": Reader("datasets/avel/ave_files.py", accept_ave, _AVE.encode(), damaged),
    "video_table": Reader(
        "datasets/avel/video_table.py", accept_table, _TABLE.encode(), damaged, "t.csv"
    ),
    "training_log": Reader(
        "apis/training_logs.py",
        read_training_log,
        b'{"loss": 0.5, "epoch": 1, "iter": 3, "step": 3}\n{"mAP": 0.5, "step": 1}\n',
        damaged,
        SCALARS_FILE,
    ),
    "event_table": _exchange("csv", "fileio/table_files.py", "a.csv"),
    # An empty file has no labels.
    "label_track": _exchange("audacity", "exchange/folders.py", "a.txt", odd=frozenset(["empty"])),
    "vtt": _exchange("vtt", "exchange/folders.py", "a.vtt"),
    "srt": _exchange("srt", "exchange/folders.py", "a.srt", odd=frozenset(["empty"])),
    "via": _exchange("via", "exchange/via.py", "a.csv", odd=frozenset(["empty"])),
    "via_project": Reader(
        "exchange/via.py",
        partial(accept_events, "via"),
        dict(
            attribute={"1": dict(aname="event", type=4, options={"0": "dog"})},
            file={"1": dict(fname="a.mp4")},
            metadata={"m": dict(vid="1", z=[1.0, 2.0], av={"1": "0"})},
            view={"1": dict(fid_list=["1"])},
        ),
        documents,
        "a.json",
        odd=frozenset(["empty"]),
    ),
    "activitynet": _exchange("activitynet", "fileio/activitynet.py", "a.json", documents),
    "label_studio": _exchange("label-studio", "exchange/label_studio.py", "a.json", documents),
    "fiftyone": _exchange("fiftyone", "exchange/fiftyone.py", "a.json", documents),
    "yaml_config": Reader(
        "engine/config_names.py",
        accept_config,
        f"default_scope: mmaction\nmodel: {json.dumps(_MODEL)}\nrandomness: {{seed: 3}}\n".encode(),
        damaged,
        "config.yaml",
    ),
    "json_config": Reader(
        "engine/config_names.py",
        accept_config,
        dict(default_scope="mmaction", model=_MODEL, randomness=dict(seed=3), load_from=None),
        documents,
        "config.json",
    ),
}
# Modules that open files, but do not parse them.
OTHERS = {
    "exchange/formats.py": "the beginning of a file, to tell which reader takes it",
    "fileio/json_files.py": "JSON for the readers above",
    "fileio/reading.py": "files for all of them, and their checksums",
}
