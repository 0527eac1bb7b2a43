"""Weights under other names."""

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


def test_a_name_that_no_row_fits_is_told():
    with pytest.raises(InputError, match="^it: body.weight found, which is none of its"):
        rename_weights({"body.weight": torch.ones(1)}, ROWS, "it")
