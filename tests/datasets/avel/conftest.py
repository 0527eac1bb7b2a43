"""A small dataset in each layout."""

import logging
import pickle
import zipfile

import h5py
import numpy as np
import pytest
from mmengine.logging import MMLogger

# Rows 0 to 5; the second has no event, and the last is the video of the first again.
LINES = [
    "Church bell&v0&good&0&10",
    "Church bell&v1&good&0&0",
    "Bark&v2&good&3&5",
    "Cat&-v_3&good&9&10",
    "Shofar&v4&good&0&1",
    "Mandolin&v0&good&2&9",
]
ORDERS = dict(train=[3, 0, 1], val=[4, 2], test=[5])
TABLE = ["video_id,category,split", "a,rain,train", "b,bark,test", "-c,rain,val", "d,bark,train"]
FLAGS = dict(
    a=[0, 1, 1, 0, 0, 1, 0, 0, 0, 0],
    b=[1] * 10,
    **{"-c": [0] * 10},
    d=[0] * 9 + [1],
)


def write_array(path, array, key="avadataset"):
    with h5py.File(path, "w") as file:
        file[key] = array


@pytest.fixture
def maps():
    """(6, 10, 3, 3, 4) visual and (6, 10, 2) audio features, and the same for two noisy videos."""
    rng = np.random.default_rng(0)
    return dict(
        visual=rng.random((6, 10, 3, 3, 4), dtype=np.float32),
        audio=rng.random((6, 10, 2)),
        noisy_visual=rng.random((2, 10, 3, 3, 4)),
        noisy_audio=rng.random((2, 10, 2)),
    )


@pytest.fixture
def ave(tmp_path, maps):
    """Folder of a dataset in AVE's layout."""
    root = tmp_path / "ave"
    root.mkdir()
    (root / "Annotations.txt").write_text("".join(f"{line}\n" for line in LINES))
    for name, rows in ORDERS.items():
        write_array(root / f"{name}_order.h5", np.array(rows), "order")
    for name in ("visual", "audio"):
        write_array(root / f"{name}_feature.h5", maps[name])
        write_array(root / f"{name}_feature_noisy.h5", maps[f"noisy_{name}"])
    return root


def write_archive(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}.pkl", pickle.dumps(array, 4))


@pytest.fixture
def vggsound(tmp_path):
    """Folder of a dataset in VGGSound-AVEL100k's layout, with a different form for each video."""
    root = tmp_path / "vggsound"
    root.mkdir()
    (root / "vggsound-avel100k.csv").write_text("".join(f"{line}\n" for line in TABLE))
    (root / "VggsoundAVEL100kCategories.txt").write_text("bark\nrain\n")
    rng = np.random.default_rng(1)
    for number, (name, flags) in enumerate(FLAGS.items()):
        shape = (10, 4, 7, 7) if number % 2 else (10, 7, 7, 4)
        kind = np.float32 if number < 2 else np.float64
        write_archive(root / "visual" / f"{name}.zip", rng.random(shape).astype(kind))
        write_archive(root / "audio" / f"{name}.zip", rng.random((8 + number, 2)))
        array = np.array(flags, float)
        write_archive(root / "labels" / f"{name}.zip", array[None] if number % 2 else array)
    return root


@pytest.fixture
def log():
    """Messages logged at level INFO."""
    texts = []

    class Keep(logging.Handler):
        def emit(self, record):
            texts.append(record.getMessage())

    logger = MMLogger.get_current_instance()
    handler = Keep(logging.INFO)
    logger.addHandler(handler)
    yield texts
    logger.removeHandler(handler)
