"""Embeddings of classes in files."""

import numpy as np
import pytest

from loco_mm.errors import InputError
from loco_mm.fileio import random_embeddings, read_class_embeddings


def test_made_up_ones_are_directions_of_their_own():
    found = random_embeddings(30, 64)
    assert found.dtype == np.float32
    products = found @ found.T
    np.testing.assert_allclose(np.diag(products), 1, atol=1e-6)
    assert np.abs(products - np.diag(np.diag(products))).max() < 0.6
    # The embedding of a class does not depend on the number of classes.
    assert np.array_equal(random_embeddings(5, 64), found[:5])


def test_a_file_is_read_as_float32(tmp_path):
    wanted = random_embeddings(4, 6)
    np.save(tmp_path / "a.npy", wanted.astype(np.float64))
    found = read_class_embeddings(tmp_path / "a.npy", 4, 6)
    assert found.dtype == np.float32 and np.array_equal(found, wanted)


@pytest.mark.parametrize(
    ("classes", "width", "message"),
    [
        (5, 6, r"expected shape \(5, 6\), one row per class, got \(4, 6\): model.head."
         "num_classes=4 and model.head.classifier.text_dim=6 would fit"),
        (4, 8, r"expected shape \(4, 8\), one row per class, got \(4, 6\)"),
    ],
)  # fmt: skip
def test_another_count_or_width_is_reported(tmp_path, classes, width, message):
    np.save(tmp_path / "a.npy", random_embeddings(4, 6))
    with pytest.raises(InputError, match=f"class embeddings .*a.npy: {message}"):
        read_class_embeddings(tmp_path / "a.npy", classes, width)


def test_other_content_is_reported(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1.0, np.nan]]))
    with pytest.raises(
        InputError, match=r"a\.npy: expected finite numbers, got 1 of 2 values NaN or infinite"
    ):
        read_class_embeddings(tmp_path / "a.npy", 1, 2)
    np.save(tmp_path / "b.npy", np.zeros((2, 3, 4)))
    with pytest.raises(
        InputError, match=r"b\.npy: expected shape \(N, channels\), got \(2, 3, 4\)"
    ):
        read_class_embeddings(tmp_path / "b.npy", 2, 3)
