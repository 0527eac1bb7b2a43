"""Models by name."""

import pytest

from loco_mm.apis import init_model
from loco_mm.apis.model_index import find_model
from loco_mm.errors import InputError

from ..comparing import CONFIGS, LEAVES


def test_every_config_is_found_by_its_name():
    for leaf in LEAVES:
        config, weights = find_model(leaf.stem)
        assert leaf.samefile(config)
        assert weights is None


def test_a_model_is_built_by_its_name():
    model = init_model("loco_synthetic", device="cpu")
    named = init_model(CONFIGS / "loco_synthetic.py", device="cpu")
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in named.parameters())


def test_an_unknown_name_is_reported_with_the_nearest():
    with pytest.raises(InputError, match="model 'loco_sinthetic': .*did you mean 'loco_synthetic'"):
        init_model("loco_sinthetic")
