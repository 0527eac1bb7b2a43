"""Building parts with the values that they share."""

import pytest
from mmengine.registry import Registry

from loco_mm.errors import InputError
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
    assert build_part(PARTS, dict(type="Narrow"), dim=3).values == (3, 1)
    assert build_part(PARTS, dict(type=Narrow, depth=2), dim=3).values == (3, 2)
    child = build_part(PARTS, dict(type="Child", extra=5), dim=3)
    assert (child.values, child.extra) == ((3, 1), 5)


def test_a_part_that_does_not_take_it_is_told():
    with pytest.raises(InputError, match="Child: its constructor has no argument 'max_len'"):
        build_part(PARTS, dict(type="Child"), dim=3, max_len=9)


def test_what_a_part_may_take_is_handed_over_to_those_that_do():
    several = dict(depth=7, max_len=9)
    assert build_part(PARTS, dict(type="Narrow"), several, dim=3).values == (3, 7)
    assert build_part(PARTS, dict(type="Child", extra=5), several, dim=3).values == (3, 7)
    with pytest.raises(InputError, match=r"Narrow\.depth: 4 found, but it follows from the rest"):
        build_part(PARTS, dict(type="Narrow", depth=4), several, dim=3)


def test_a_config_does_not_say_what_follows_from_elsewhere():
    with pytest.raises(InputError, match=r"Narrow\.dim: 4 found, but it follows from the rest"):
        build_part(PARTS, dict(type="Narrow", dim=4), dim=3)


def test_an_unknown_type_is_the_registrys_to_refuse():
    with pytest.raises(KeyError, match="Wide is not in the"):
        build_part(PARTS, dict(type="Wide"), dim=3)


@pytest.mark.parametrize("name", ["", "Nothing", ".x", "../x", "a..b", "no.such.module.Thing"])
def test_a_name_that_stands_for_nothing(name):
    assert find_type(MODELS, name) is None
