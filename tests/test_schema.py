"""Checks of content against a schema."""

import pytest
from pydantic import TypeAdapter

from loco_mm.errors import InputError
from loco_mm.schema import conform, show, show_place


def test_places_are_written_as_in_python():
    assert show_place(("database", "a-1", "annotations", 3, "segment", 0)) == (
        "database['a-1'].annotations[3].segment[0]"
    )
    assert show_place(("-", "b")) == "['-'].b"
    assert show_place(()) == ""


def test_what_is_shown_is_short_and_printable():
    assert show("x" * 1000) == "'" + "x" * 27 + "..." + "x" * 28 + "'"
    assert len(show(10**4000)) <= 40
    assert show("\ud800\n") == "'\\ud800\\n'"
    nested = []
    for _ in range(5000):
        nested = [nested]
    assert len(show(nested)) < 60
    assert len(show({str(n): list(range(1000)) for n in range(1000)})) < 200


def test_the_first_place_is_named_and_the_others_counted():
    schema = TypeAdapter(dict[str, list[int]])
    assert conform(schema, dict(a=[1]), "file") == dict(a=[1])
    with pytest.raises(InputError) as error:
        conform(schema, dict(a=[1, "x"], b=[None, 2, {}]), "file x", ("root",))
    text = str(error.value)
    assert text.startswith(
        "file x: root.a[1]: expected a valid integer, unable to parse string as an integer, got 'x'"
    )
    assert text.endswith("got 'x' (and 2 more)")
