"""In TadTR's own weights, shared modules have several names."""

import pytest
import torch

from loco_mm.apis.conversion import convert_weights
from loco_mm.errors import InputError
from loco_mm.registry import MODELS

from ...published_localizers import FOLDER, Case
from ...published_sizes import tadtr


@pytest.fixture
def case():
    return Case.read(FOLDER / "tadtr_own.json")


def test_segments_that_are_saved_under_both_names_are_taken_once(case):
    weights = case.weights()
    inner = "transformer.decoder.segment_embed."
    both = {"segment_embed." + n.removeprefix(inner): x for n, x in weights.items() if inner in n}
    assert len(both) == 18
    model = MODELS.build(case.config())
    found = convert_weights("tadtr", {**both, **weights}, model, "the case")
    model.load_state_dict(found)
    assert torch.equal(
        model.head.decoder.segments[2].get_parameter("4.weight"),
        weights["transformer.decoder.segment_embed.2.layers.2.weight"],
    )


def test_without_refinement_what_is_saved_for_each_layer_is_taken_once(case):
    facts = case.facts["constructor"] | dict(seg_refine=False, act_reg=False)
    weights = {}
    for name, value in case.weights().items():
        name = name.replace("transformer.decoder.segment_embed.", "segment_embed.")
        stack, _, rest = name.partition(".")
        if stack in ("segment_embed", "class_embed"):
            # All are equal to the first.
            first, _, rest = rest.partition(".")
            value = value if first == "0" else weights[f"{stack}.0.{rest}"]
        if stack != "actionness_pred":
            weights[name] = value
    assert "class_embed.2.weight" in weights and "segment_embed.2.layers.2.bias" in weights
    model = MODELS.build(tadtr(facts))
    found = convert_weights("tadtr", weights, model, "the case")
    assert "head.classifiers.1.weight" not in found
    model.load_state_dict(found)


def test_weights_of_a_refining_model_do_not_fit_one_without(case):
    model = MODELS.build(tadtr(case.facts["constructor"] | dict(seg_refine=False)))
    with pytest.raises(InputError, match="differ, the first is head.classifiers.1.bias"):
        convert_weights("tadtr", case.weights(), model, "the case")
