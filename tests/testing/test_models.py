"""Tiny models."""

import pytest
from mmengine.config import Config, ConfigDict

from loco_mm.errors import InputError
from loco_mm.testing import build_with_active_branches, shrink_model

from ..comparing import CONFIGS, LEAVES, flat, leaf_config


def test_only_sizes_change_and_only_down():
    for path in LEAVES:
        whole = leaf_config(path).model
        before, after = flat(whole), flat(shrink_model(whole))
        assert after.keys() == {key for key in before if not key.startswith("tiny.")}
        changed = {key for key in after if after[key] != before[key]}
        files = {key for key in changed if after[key] is None}
        assert all(key.endswith("classifier.embeddings") for key in files)
        assert all(after[key] < before[key] for key in changed - files)


STATING = [path for path in CONFIGS.glob("_base_/models/*.py") if "tiny=" in path.read_text()]


@pytest.mark.parametrize("path", STATING, ids=lambda path: path.stem)
def test_every_size_that_is_stated_is_one_of_the_model(path):
    model = flat(Config.fromfile(path).model)
    sizes = {k.removeprefix("tiny."): v for k, v in model.items() if k.startswith("tiny.")}
    assert sizes
    assert sizes.keys() <= model.keys()
    assert all(size is None or size < model[key] for key, size in sizes.items())


def test_sizes_are_asked_for():
    with pytest.raises(
        InputError, match=r"model\.tiny: expected a dict of the tiny model's sizes, got None"
    ):
        shrink_model(ConfigDict(type="AVLocalizer", max_len=64))


def test_it_is_tiny_and_follows_from_the_seed(small_model):
    one, same, other = (build_with_active_branches(small_model, seed) for seed in (0, 0, 1))
    assert sum(p.numel() for p in one.parameters()) < 100_000
    pairs = list(zip(one.parameters(), same.parameters(), other.parameters(), strict=True))
    assert all(a.equal(b) for a, b, _ in pairs)
    assert any(not a.equal(c) for a, _, c in pairs)
