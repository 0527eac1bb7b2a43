"""Renaming of weights."""

import pytest
import torch

from loco_mm.engine.checkpoints import rename_weights
from loco_mm.errors import InputError

ROWS = {"net.": "encoder.", "net.head.": "head.", "net.head.old.": None, "scale": "head.scale"}


def test_the_longest_prefix_decides():
    weights = {
        "net.0.weight": torch.ones(2, dtype=torch.float64),
        "net.head.bias": torch.zeros(1, dtype=torch.float16),
        "net.head.old.bias": torch.zeros(1),
        "scale": torch.tensor(3),
    }
    found = rename_weights(weights, ROWS, "it")
    assert list(found) == ["encoder.0.weight", "head.bias", "head.scale"]
    assert [x.dtype for x in found.values()] == [torch.float32, torch.float32, torch.int64]


def test_names_that_no_row_fits_are_reported():
    weights = {f"body.{n}": torch.ones(1) for n in range(4)} | {"scale": torch.ones(1)}
    message = (
        r"^it: 4 of 5 entries are none of its parameters: body.0, body.1, body.2, \.\.\.: is it"
    )
    with pytest.raises(InputError, match=message):
        rename_weights(weights, ROWS, "it")
    with pytest.raises(InputError, match="1 of 1 entries are none of its parameters: body: is it"):
        rename_weights({"body": torch.ones(1)}, ROWS, "it")
