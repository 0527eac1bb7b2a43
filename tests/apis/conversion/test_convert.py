"""Conversion of checkpoints."""

import pytest
import torch
from mmengine.config import Config

from loco_mm.apis.conversion import PUBLISHED, convert_checkpoint, convert_weights
from loco_mm.errors import InputError

from ...comparing import CONFIGS
from ...published_localizers import FOLDER, Case

CASE = Case.read(FOLDER / "actionformer_own.json")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A config of the case's model."""
    path = tmp_path_factory.mktemp("config") / "config.py"
    Config(dict(model=CASE.config())).dump(path)
    return path


def test_the_average_of_weights_is_taken(tmp_path, config):
    """As that code does for testing; both with the prefix of DataParallel."""
    weights = CASE.weights()
    parallel = {f"module.{name}": value for name, value in weights.items()}
    raw = {name: torch.zeros_like(value) for name, value in parallel.items()}
    torch.save(dict(state_dict=raw, state_dict_ema=parallel, epoch=3), tmp_path / "both.pth.tar")
    torch.save(dict(state_dict=parallel), tmp_path / "one.pth.tar")
    both, one = (
        convert_checkpoint("actionformer", tmp_path / f"{name}.pth.tar", config)
        for name in ("both", "one")
    )
    assert both["meta"] == dict(converted_from="actionformer")
    assert both["state_dict"].keys() == one["state_dict"].keys()
    assert all(torch.equal(one["state_dict"][k], v) for k, v in both["state_dict"].items())
    name = "backbone.branch.0.attn.key.weight"
    assert torch.equal(both["state_dict"]["pyramid.blocks.0.key.2.weight"], weights[name][..., 0])


def test_scales_of_levels_are_joined_in_order():
    state = convert_weights("actionformer", CASE.weights(), CASE.network, "it")
    wanted = [CASE.weights()[f"reg_head.scale.{level}.scale"] for level in range(3)]
    assert torch.equal(state["head.scale"], torch.stack(wanted))


@pytest.mark.parametrize(("name", "there"), [("unav", "actionformer"), ("actionformer", "unav")])
def test_another_system_s_checkpoint_is_reported_by_its_first_names(name, there):
    """The message has three of them, their number, and the system that they belong to."""
    weights = Case.read(FOLDER / f"{there}_own.json").weights()
    with pytest.raises(
        InputError, match=r"^it: \d+ of \d+ entries are none of its parameters: back"
    ) as error:
        convert_weights(name, weights, torch.nn.Linear(1, 1), "it")
    assert str(error.value).count("backbone.") == 3
    assert str(error.value).endswith(f"Its names are those of {there}")


def test_every_system_s_config_is_shipped():
    for system in PUBLISHED.values():
        assert (CONFIGS / system.config).is_file()
