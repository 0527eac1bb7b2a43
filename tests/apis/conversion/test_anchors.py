"""VSGN's own weights contain a single matrix for neighbour and centre."""

import pytest
import torch

from loco_mm.apis.conversion import convert_weights
from loco_mm.errors import InputError
from loco_mm.registry import MODELS

from ...published_localizers import FOLDER, Case
from ...published_sizes import vsgn


@pytest.fixture
def case():
    return Case.read(FOLDER / "vsgn_own.json")


def test_the_matrix_of_an_edge_is_taken_apart(case):
    weights, model = case.weights(), MODELS.build(case.config())
    model.load_state_dict(convert_weights("vsgn", weights, model, "the case"))
    for number, layer in enumerate(model.pyramid.layers):
        joined = torch.cat([layer.near.weight, layer.centre.weight], dim=1)
        assert torch.equal(joined, weights[f"xGPN.levels_enc.{number}.nconv1.mlp.weight"])


def test_weights_with_graphs_do_not_fit_a_model_without(case):
    model = MODELS.build(vsgn(case.facts["constructor"] | dict(use_xGPN=False)))
    with pytest.raises(InputError, match=r"pyramid.layers.0.bias"):
        convert_weights("vsgn", case.weights(), model, "the case")
