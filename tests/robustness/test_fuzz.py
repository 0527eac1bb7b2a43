"""Readers of files that come from anywhere: nothing but the project's own error comes out.

``pytest tests/robustness/test_fuzz.py --fuzz 10000`` tries so many files of each kind. A reader
that is added gets its entry in ``readers``.
"""

import json
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from loco_mm.apis import evaluate_files
from loco_mm.datasets.feature_files import read_features, read_lengths
from loco_mm.datasets.synthetic.folder import WORLD_FILE, WorldRecord
from loco_mm.errors import InputError
from loco_mm.fileio import as_checkpoint, class_names, read_annotations, read_checkpoint
from loco_mm.structures import FeatureKind, FeatureStream, TemporalGrid

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
    path = path.replace(path.parent / "x_v.npy")
    visual, _ = read_lengths(KIND, str(path.parent), "x")
    features = read_features(KIND, "visual", str(path.parent), "x")
    assert features.shape == (visual, 4)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def accept_record(path):
    path.replace(path.parent / WORLD_FILE)
    record = WorldRecord.read(path.parent)
    assert not any(".." in name for name in record.missing(path.parent))


def accept_classes(path):
    names = class_names(str(path), "x")
    assert all(names) and len(set(names)) == len(names)


def accept_checkpoint(path):
    content = as_checkpoint(read_checkpoint(path), path)
    assert all(map(torch.is_tensor, content["state_dict"].values()))


class Reader(NamedTuple):
    """A reader, and a valid file of it.

    Attributes:
        accept (Callable): Reads a file, and asserts that what it gives is sound.
        valid (object): Content of a file that is accepted: bytes, or what JSON writes.
        change (Callable): Strategy of changed files.
    """

    accept: object
    valid: object
    change: object


def _saved(save, content, path):
    save(path, content)
    return path.read_bytes()


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """All readers by name."""
    folder = tmp_path_factory.mktemp("valid")
    array = _saved(np.save, np.arange(20, dtype=np.float32).reshape(5, 4), folder / "x.npy")
    state = dict(state_dict=dict(a=torch.ones(3)), meta=dict(epoch=1))
    checkpoint = _saved(lambda path, x: torch.save(x, path), state, folder / "x.pth")
    files = dict(settings=dict(seed=0), files={"a/b.npy": 5, "c.json": None})
    named = [dict(video, annotations=video["annotations"]) for video in DATABASE.values()]
    bare = dict(zip(DATABASE, named, strict=True))
    return dict(
        annotations=Reader(accept_annotations, dict(database=bare), documents),
        with_classes=Reader(
            accept_annotations, dict(database=DATABASE, classes=CLASSES), documents
        ),
        predictions=Reader(accept_predictions, dict(results=RESULTS), documents),
        world=Reader(accept_record, files, documents),
        features=Reader(accept_features, array, npy_files),
        classes=Reader(accept_classes, b"bark\nrain\n", damaged),
        checkpoint=Reader(accept_checkpoint, checkpoint, damaged),
    )


NAMES = (
    "annotations",
    "with_classes",
    "predictions",
    "world",
    "features",
    "classes",
    "checkpoint",
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_our_own_error_comes_out(name, readers, tmp_path, fuzz_examples):
    reader = readers[name]
    assert tuple(readers) == NAMES
    path = tmp_path / "file"
    counts = dict(accepted=0, refused=0)

    @settings(
        max_examples=fuzz_examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(reader.change(reader.valid))
    def attack(content):
        path.write_bytes(content)
        try:
            reader.accept(path)
            counts["accepted"] += 1
        except InputError as error:
            text = str(error)
            assert "\n" not in text and len(text) < 2000
            assert str(tmp_path) in text
            counts["refused"] += 1

    path.write_bytes(
        reader.valid if isinstance(reader.valid, bytes) else json.dumps(reader.valid).encode()
    )
    reader.accept(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attack()
    assert sum(counts.values()) >= 0.9 * fuzz_examples
    assert counts["refused"] > 0.1 * fuzz_examples, counts
