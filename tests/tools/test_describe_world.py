"""The tool that prints statistics of a named world."""

import pytest

TOOL = "analysis/describe_world.py"


def test_it_describes_the_world_of_that_name(run_tool, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "loco_mm.apis.world_report.describe_world", lambda plan, _: asked.append(plan) or "tables"
    )
    status, text, _ = run_tool(TOOL, "short")
    assert status == 0
    assert text.strip() == "tables"
    run_tool(TOOL, "timelines", "--annotations", "some.json")
    assert [plan.name for plan in asked] == ["short-v1", "timelines-v1"]
    assert asked[1].annotations == "some.json"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("long",), "expected one of ['short', 'minute', 'timelines'], got 'long'"),
        (("timelines",), "expected the annotation file of UnAV-100 with 'timelines', got none"),
        (("timelines", "--annotations", "gone.json"), "annotation file gone.json: no such file"),
    ],
)
def test_bad_arguments_are_named(run_tool, arguments, message):
    status, _, error = run_tool(TOOL, *arguments)
    assert status == 2
    assert message in error
    assert "Traceback" not in error
