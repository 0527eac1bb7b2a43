"""A dataset in DESED's form."""

import numpy as np
import pytest

from loco_mm.datasets import DESEDDataset
from loco_mm.errors import InputError

from .conftest import FEATURES


@pytest.fixture
def desed(tmp_path, write_features):
    (tmp_path / "metadata").mkdir()
    rows = [
        ("a.wav", "0.000", "3.500", "Dog"),
        ("a.wav", "2.000", "9.100", "Speech"),
        ("b.wav", "", "", ""),
    ]
    lines = ["filename\tonset\toffset\tevent_label", *("\t".join(row) for row in rows)]
    (tmp_path / "metadata" / "train.tsv").write_text("\n".join(lines) + "\n")
    for name in "ab":
        write_features(tmp_path, name, only=("_a1", "_a2"))
    return tmp_path


def test_desed_as_it_is_published(desed):
    train = DESEDDataset(data_root=str(desed), features=FEATURES, pipeline=[])
    assert len(train.metainfo["classes"]) == 10
    one, other = (train.get_data_info(n) for n in range(len(train)))
    assert (one["video_id"], one["duration"], one["subset"]) == ("a", 10.0, "train")
    names = [train.metainfo["classes"][label] for label in one["labels"]]
    assert names == ["Dog", "Speech"]
    np.testing.assert_allclose(one["segments"], [[0, 3.5], [2, 9.1]])
    assert other["video_id"] == "b" and len(other["labels"]) == 0


def test_another_class_is_reported(desed):
    path = desed / "metadata" / "train.tsv"
    path.write_text(path.read_text().replace("Dog", "Wolf"))
    with pytest.raises(
        InputError, match="train.tsv: expected one of the 10 classes, got labels 'Wolf'"
    ):
        DESEDDataset(data_root=str(desed))
