"""Building parts with values that they share."""

import re

import pytest
import torch
from mmengine.registry import OPTIMIZERS, Registry

from loco_mm.errors import InputError
from loco_mm.models.features import FeatureSpec
from loco_mm.registry import MODELS, build_part, find_type

PARTS = Registry("parts that share", scope="mmaction")


@PARTS.register_module()
class Narrow:
    def __init__(self, dim, depth=1):
        self.values = (dim, depth)


@PARTS.register_module()
class Child(Narrow):
    def __init__(self, extra=0, **kwargs):
        super().__init__(**kwargs)
        self.extra = extra


def test_a_part_is_built_with_what_is_handed_over():
    assert build_part(PARTS, dict(type="Narrow"), "part", dim=3).values == (3, 1)
    assert build_part(PARTS, dict(type=Narrow, depth=2), "part", dim=3).values == (3, 2)
    child = build_part(PARTS, dict(type="Child", extra=5), "part", dim=3)
    assert (child.values, child.extra) == ((3, 1), 5)


def test_a_part_that_does_not_take_it_is_reported():
    with pytest.raises(InputError, match="part: its constructor has no argument 'max_len'"):
        build_part(PARTS, dict(type="Child"), "part", dim=3, max_len=9)


def test_what_a_part_may_take_is_handed_over_to_those_that_do():
    several = dict(depth=7, max_len=9)
    assert build_part(PARTS, dict(type="Narrow"), "part", several, dim=3).values == (3, 7)
    assert build_part(PARTS, dict(type="Child", extra=5), "part", several, dim=3).values == (3, 7)
    with pytest.raises(InputError, match=r"part\.depth: expected no such key, as it follows from"):
        build_part(PARTS, dict(type="Narrow", depth=4), "part", several, dim=3)


def test_a_config_does_not_say_what_follows_from_elsewhere():
    with pytest.raises(InputError, match=r"part\.dim: expected no such key, as it follows from"):
        build_part(PARTS, dict(type="Narrow", dim=4), "part", dim=3)


SPEC, ODD = (FeatureSpec(channels, (1,), 32) for channels in (512, 7))


class Inner:
    def __init__(self, width):
        self.width = width


@PARTS.register_module()
class TheirPart:
    """A component of another project with possible mistakes."""

    def __init__(self, mistake="none", width=1, inner=None):
        if mistake == "value":
            int("x")
        elif mistake == "argument":
            Inner(widht=width)
        elif mistake == "input":
            raise InputError("TheirPart.mistake: expected 'none', got 'input'")
        self.inner = inner and build_part(PARTS, inner, "inner")


class OurPart(TheirPart):
    """A component of this project that contains others."""


OurPart.__module__ = "loco_mm.parts"
PARTS.register_module(module=OurPart)


def message(registry, **config):
    with pytest.raises(InputError) as caught:
        build_part(registry, config, "model.part")
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (
            dict(type="SegmentIoULoss", mode="ciou"),
            r"\.mode: expected 'giou' or 'diou', got 'ciou'",
        ),
        (dict(type="DropPath2"), r"\.type: expected a name in the model registry, got 'DropPath2'"),
        (dict(type="SegmentIoULoss", mod=1), ": unknown key 'mod', did you mean 'mode'"),
        (
            dict(type="LACPyramid", spec=SPEC, num_heads=3),
            ": dim: expected a multiple of num_heads = 3, got 512",
        ),
        (
            dict(type="LACPyramid", spec=SPEC, attention=dict(type="WindowAttentio")),
            r"\.attention\.type: expected a .* 'WindowAttentio', did you mean 'WindowAttention'",
        ),
        (
            dict(type="WindowAttention", dim=8, num_heads=2, window_size=0),
            r"\.window_size: expected a number greater than 0, got 0",
        ),
        (
            dict(type="LACPyramid", spec=SPEC, drop_path=1.5),
            r"\.drop_path: expected a number less than 1, got 1\.5",
        ),
        (
            dict(type="LACPyramid", spec=SPEC, num_levels="six"),
            r"\.num_levels: expected an integer, got 'six'",
        ),
        (dict(type="LACPyramid"), ": cannot be built from .*: TypeError: .* 'spec'"),
        (
            dict(type="UnimodalEncoder", spec=ODD, visual_dim=4, audio_dim=4, num_heads=1),
            ": dim: expected an even number for the position encoding, got 7",
        ),
        (dict(type="LCFModulation", spec=8), r"\.spec: expected a FeatureSpec, got 8"),
    ],
)
def test_bad_values_are_reported_with_the_dotted_key(config, text):
    assert re.match(rf"model\.part{text}", message(MODELS, **config))


def test_an_optimizer_of_torch_says_what_is_wrong():
    config = dict(type="SGD", params=[torch.zeros(1)], lr=-1.0)
    assert "ValueError: Invalid learning rate: -1.0 (--traceback" in message(OPTIMIZERS, **config)


@pytest.mark.parametrize("mistake", ["value", "argument"])
@pytest.mark.parametrize("owner", ["TheirPart", "OurPart"])
def test_a_bug_in_someone_elses_part_keeps_its_traceback(mistake, owner):
    inner = dict(type="TheirPart", mistake=mistake)
    with pytest.raises((TypeError, ValueError)) as caught:
        build_part(PARTS, dict(type=owner, inner=inner), "part")
    assert not isinstance(caught.value, InputError)


def test_what_someone_elses_part_says_and_unknown_keys_are_reported():
    text = message(PARTS, type="OurPart", inner=dict(type="TheirPart", mistake="input"))
    assert text == "model.part.inner.mistake: expected 'none', got 'input'"
    assert message(PARTS, type="TheirPart", widht=3) == (
        "model.part: unknown key 'widht', did you mean 'width'?"
    )
    assert message(PARTS, type="OurPart", inner=3) == (
        "model.part.inner: expected a dict with a 'type', got 3"
    )
    assert message(PARTS, type="OurPart", mistake="value").startswith(
        "model.part: cannot be built from {'mistake': 'value', 'type': 'OurPart'}: ValueError: "
    )


def test_the_key_is_left_with_the_part():
    for _ in range(2):
        assert message(PARTS, type="TheirPart", mistake="input").startswith("model.part.mistake")
    assert build_part(PARTS, dict(type="Narrow"), "part", dim=3).values == (3, 1)


@pytest.mark.parametrize("name", ["", "Nothing", ".x", "../x", "a..b", "no.such.module.Thing"])
def test_a_name_that_stands_for_nothing(name):
    assert find_type(MODELS, name) is None
