"""Tables of published and reproduced results."""

import pytest

from loco_mm.apis.result_tables import Outcome, Row, read_rows, table_text
from loco_mm.errors import InputError

from ..comparing import ROOT


def lines_of(text, system=""):
    """Lines of a table, or of one system, as dicts by column."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads, _, *rows = ([cell.strip() for cell in line[2:-2].split(" | ")] for line in lines)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    return [row for row in found if row["system"] == system or not system]


def published(table):
    return lines_of(table_text(read_rows(table, ROOT), {}))


def test_table_one_has_every_system_once_for_each_kind_of_features():
    systems = ["VSGN", "TadTR", "ActionFormer", "TriDet"]
    systems += ["UniAV(AT)", "UnAV", "UniAV(STF)", "LoCo"]
    wanted = [(system, "I3D-VGGish") for system in systems]
    wanted += [(system, "ONE-PEACE") for system in systems[2:]]
    lines = published("I")
    assert [(line["system"], line["features"]) for line in lines] == wanted
    assert {line["figures"] for line in lines} == {"published"}
    figures = [value for key, value in lines[-1].items() if "mAP" in key]
    assert figures == ["58.5", "53.2", "46.7", "38.1", "26.8", "54.9"]
    # The paper has two rows for this system.
    figures = [value for key, value in lines[3].items() if "mAP" in key]
    assert figures == ["46.2", "", "", "", "", "44.4"]


def test_table_two_has_every_system_once_for_each_setting():
    lines = published("II")
    assert len(lines) == 25
    systems = [line["system"] for line in lines]
    assert systems[:8] == ["AVEL", "CMRA", "MPN", "PSP", "CPSP", "LESP", "CACE", "LoCo"]
    assert systems.count("AVEL") == systems.count("LoCo") == 4
    (cace,) = (line for line in lines if line["system"] == "CACE")
    assert (cace["data"], cace["supervision"]) == ("AVE", "fully")
    assert lines[2]["figures"] == "published (selected on: not stated)"
    assert lines[2]["accuracy"] == "77.6"


def test_columns_that_nothing_fills_are_left_out():
    row = Row("a", None, "A", "d", published={"mAP": 70.0})
    text = table_text([row, row._replace(name="b", published={})], {})
    assert [list(line.values()) for line in lines_of(text)] == [
        ["A", "d", "published", "70.0"],
        ["A", "d", "", ""],
    ]


def test_figures_of_several_seeds():
    row = Row("a", None, "A", "d", "fully", published={"accuracy": 77.8}, selected_on="test")
    pairs = [(0.7, 0.5), (0.72, 0.5), (0.74, 0.8)]
    runs = [dict(accuracy=a, background_recall=r, other=1.0) for a, r in pairs]

    def here(*arguments, **keywords):
        text = table_text([row], dict(a=Outcome(*arguments, **keywords)))
        published, found = (list(line.values())[3:] for line in lines_of(text))
        assert published[:2] == ["published (selected on: test)", "77.8"]
        return found

    assert here(runs) == ["reproduced, selected on validation (3)", "72.0 ± 2.0", "60.0 ± 17.3"]
    assert here(runs[:1]) == ["reproduced, selected on validation (1)", "70.0", "50.0"]
    # Some seeds lack it.
    assert here([*runs, dict(accuracy=0.7)])[1:] == ["71.5 ± 1.9"]
    assert here(reason="failed: it ended", failed=True) == ["failed: it ended", ""]
    assert here(reason="word " * 50)[0] == "word " * 23 + "..."


def test_a_plan_has_its_own_rows_and_options(tmp_path):
    plan = tmp_path / "plan.py"
    plan.write_text(
        "small = {'model.dim': 64}\n"
        "config = 'configs/loco_ave_fully.py'\n"
        "row = dict(system='A', dataset='d', supervision='weakly', config=config)\n"
        "published = {'accuracy': 70.1}\n"
        "rows = [dict(name='a', **row, options=small),\n"
        " dict(name='b', published=published, **row)]\n"
    )
    first, second = read_rows(str(plan), ROOT)
    assert first.config == second.config == ROOT / "configs" / "loco_ave_fully.py"
    assert (first.options, first.published) == ({"model.dim": 64}, {})
    assert (second.options, second.published) == ({}, {"accuracy": 70.1})


ROW = "name='a', config=None, system='A', dataset='d'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows = [dict(name='a')]", "plan {}: rows.0.config is missing"),
        ("row = []", "plan {}: rows: expected a list, got None"),
        (f"rows = [dict({ROW}, published=dict(acc=1))]",
         "plan {}: rows.0.published: expected some of mAP@0.5, mAP@0.6, mAP@0.7, mAP@0.8, "
         "mAP@0.9, mAP, accuracy, background_recall, got acc"),
        (
            f"rows = [dict({ROW}, published='70')]",
            "plan {}: rows.0.published: expected a dict, got '70'"),
        ("rows = [", "config {}: cannot be read: SyntaxError"),
    ],
)  # fmt: skip
def test_a_bad_plan_is_reported(tmp_path, text, message):
    plan = tmp_path / "plan.py"
    plan.write_text(text)
    with pytest.raises(InputError) as error:
        read_rows(str(plan), ROOT)
    assert message.format(plan) in str(error.value)


def test_an_unknown_table_is_reported():
    with pytest.raises(InputError, match="--table: expected I, II or the file of a plan, got III"):
        read_rows("III", ROOT)
