"""Constructors that are checked against their annotations."""

from typing import Annotated, Literal

import numpy as np
import pytest
from mmengine.config import ConfigDict
from pydantic import Field, NonNegativeFloat, PositiveInt

from loco_mm.arguments import (
    DropRate,
    InitCfg,
    Names,
    Part,
    Probability,
    Range,
    check_arguments,
    checked,
    constructor_arguments,
    constructor_default,
    expecting,
)
from loco_mm.errors import InputError

NAN, INF = float("nan"), float("inf")


class Base:
    @checked
    def __init__(
        self,
        count: PositiveInt,
        weight: NonNegativeFloat = 1.0,
        *,
        limits: Range = (0.0, 1.0),
        part: Part | None = None,
        mode: Literal["a", "b"] = "a",
        even: Annotated[int, expecting("an even number", lambda n: n % 2 == 0)] = 2,
        free=None,
    ):
        self.given = (count, weight, limits, part, mode, even, free)


class Child(Base):
    @checked
    def __init__(self, depth: PositiveInt = 1, **kwargs):
        super().__init__(**kwargs)
        self.depth = depth


def message(kind, *args, **kwargs):
    with pytest.raises(InputError) as error:
        kind(*args, **kwargs)
    return str(error.value)


def test_good_arguments_arrive_as_they_are():
    limits, part = [0, 2], ConfigDict(type="X")
    made = Base(np.array([3]).tolist()[0], 2, limits=limits, part=part, free="any")
    assert made.given == (3, 2, limits, part, "a", 2, "any")
    assert made.given[2] is limits
    assert made.given[3] is part
    assert Child(count=2, depth=3).depth == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (dict(count=0), "count: expected a number greater than 0, got 0"),
        (dict(count=2.0), "count: expected an integer, got 2.0"),
        (dict(count=True), "count: expected an integer, got True"),
        (dict(count="3"), "count: expected an integer, got '3'"),
        (dict(count=None), "count: expected an integer, got None"),
        (dict(count=1, weight=NAN), "weight: expected a finite number, got nan"),
        (
            dict(count=1, weight=-1e-9),
            "weight: expected a number greater than or equal to 0, got -1e-09",
        ),
        (dict(count=1, limits=[1]), "limits: expected at least 2 items, got [1]"),
        (dict(count=1, limits=[1, "x"]), "limits.1: expected a number, got 'x'"),
        (dict(count=1, part=5), "part: expected a dict with a 'type', got 5"),
        (dict(count=1, part={}), "part: expected a dict with a 'type', got {}"),
        (dict(count=1, mode="c"), "mode: expected 'a' or 'b', got 'c'"),
        (dict(count=1, even=3), "even: expected an even number, got 3"),
    ],
)
def test_bad_arguments_are_reported_by_class_and_name(arguments, expected):
    assert message(Base, **arguments).startswith(f"Base.{expected}")
    assert message(Child, **arguments).startswith(f"Child.{expected}")
    with pytest.raises(InputError) as error:
        check_arguments(Child, arguments)
    assert str(error.value).startswith(f"Child.{expected}")


def test_arguments_by_place_are_checked_and_unknown_ones_are_pythons_to_tell():
    assert message(Base, 1, -1).startswith(
        "Base.weight: expected a number greater than or equal to 0, got -1"
    )
    for kind in (Base, Child):
        with pytest.raises(TypeError, match="unexpected keyword argument 'wide'"):
            kind(count=1, wide=2)
    with pytest.raises(TypeError, match="'count'"):
        Base()


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Probability, [0, 1, 0.5], [-0.1, 1.1, NAN, INF]),
        (Annotated[float, Field(gt=0, le=1)], [1, 0.1], [0, 1.1, NAN]),
        (Annotated[float, Field(gt=0, lt=1)], [0.5], [0, 1, NAN]),
        (DropRate, [0, 0.99], [1, -0.1, NAN]),
        (float, [-1e300, 3], [NAN, INF, "1"]),
        (Names, ["a", ["a", "b"], ("a",)], ["", [], 5, None, [1], {"a": 1}]),
        (InitCfg, [None, {}, [{}, {}]], [5, "x", [1]]),
    ],
)
def test_kinds_of_values(kind, good, bad):
    class Made:
        @checked
        def __init__(self, value: kind):
            self.value = value

    assert [Made(value).value for value in good] == good
    for value in bad:
        assert message(Made, value).startswith("Made.value: ")


class Theirs:
    """A class of another project: annotated, but not checked."""

    def __init__(self, size: int = 1, share: "float" = None, kind: "Nowhere" = None):  # noqa: F821
        pass


class TheirsToo:
    def __init__(self, size: int | None, values: list[int], text: str = "x"):
        pass


def test_of_other_classes_plain_annotations_are_checked():
    check_arguments(TheirsToo, dict(size="x"))  # from a package whose annotations may be wrong
    Theirs.__module__ = TheirsToo.__module__ = "mmengine.parts"
    check_arguments(Theirs, dict(share=None, kind=3))  # an annotation that cannot be read
    check_arguments(TheirsToo, dict(size=None, values=(1, "x"), text="y"))
    for kind in (Theirs, TheirsToo):
        with pytest.raises(InputError, match=f"{kind.__name__}.size: expected an integer, got 'x'"):
            check_arguments(kind, dict(size="x"))


def test_what_a_constructor_takes_includes_its_ancestors():
    expected = {"depth", "count", "weight", "limits", "part", "mode", "even", "free"}
    assert constructor_arguments(Child) - {"kwargs"} == expected


def test_defaults_are_reported_of_ancestors_too():
    assert constructor_default(Child, "depth") == 1
    assert constructor_default(Child, "limits") == (0.0, 1.0)
    assert constructor_default(Child, "free") is None
    assert constructor_default(Child, "unknown") is None
