"""Rows of the paper's tables and of plans."""

import pytest

from loco_mm.apis.reproduction import paper_tables, read_table, world_configs
from loco_mm.errors import InputError

from ...comparing import LEAVES, ROOT


def test_the_tables_and_figures_of_the_paper():
    tables = {table.name: table for table in paper_tables(ROOT)}
    assert {name: len(table.rows) for name, table in tables.items()} == {
        **{"I": 14, "II": 25, "III": 4, "IV": 4, "V": 4, "VI": 3, "VII": 5, "VIII": 6},
        **{"Fig. 4": 4, "Fig. 5": 6},
    }
    assert [name for name, table in tables.items() if not table.trained] == ["VIII"]
    assert [table.value for table in tables.values() if table.value] == ["steps", "heads", "alpha"]
    for table in tables.values():
        assert all(row.config is None or row.config in LEAVES for row in table.rows)


@pytest.mark.parametrize(
    ("table", "figure", "wanted"),
    [
        ("III", "mAP", {"base": 37.0, "base + LCF": 45.1, "base + LAC": 53.8, "LoCo": 54.9}),
        ("III", "mAP@0.9", {"base": 6.9, "base + LCF": 16.7, "base + LAC": 23.5, "LoCo": 26.8}),
        ("V", "mAP", {"base": 33.5, "base + LCF": 39.2, "base + LAC": 48.1, "LoCo": 49.5}),
        ("VII", "mAP", dict(zip(
            ["W = 4", "W = 8 (LoCo)", "W = 16", "W = 32", "W = T (global)"],
            [54.3, 54.9, 54.2, 54.1, 53.8], strict=True))),
        ("VIII", "GMACs", dict(zip(
            ["base", "base + GB", "base + LAC", "base + GB + LCF", "LoCo", "UnAV"],
            [18.26, 31.25, 31.25, 31.45, 31.45, 60.28], strict=True))),
    ],
)  # fmt: skip
def test_rows_are_in_the_order_of_the_paper(table, figure, wanted):
    rows = read_table(table, ROOT).rows
    assert {row.system: row.published[figure] for row in rows} == wanted
    assert [row.system for row in rows] == list(wanted)


def test_table_one_has_every_system_once_for_each_kind_of_features():
    systems = ["VSGN", "TadTR", "ActionFormer", "TriDet"]
    systems += ["UniAV(AT)", "UnAV", "UniAV(STF)", "LoCo"]
    wanted = [(system, "I3D-VGGish") for system in systems]
    wanted += [(system, "ONE-PEACE") for system in systems[2:]]
    rows = read_table("I", ROOT).rows
    assert [(row.system, row.features) for row in rows] == wanted
    assert list(rows[-1].published.values()) == [54.9, 58.5, 53.2, 46.7, 38.1, 26.8]
    # The paper has two figures for this system.
    assert rows[3].published == {"mAP": 44.4, "mAP@0.5": 46.2}


def test_table_two_has_every_system_once_for_each_setting():
    rows = read_table("II", ROOT).rows
    systems = [row.system for row in rows]
    assert systems[:8] == ["AVEL", "CMRA", "MPN", "PSP", "CPSP", "LESP", "CACE", "LoCo"]
    assert systems.count("AVEL") == systems.count("LoCo") == 4
    (cace,) = (row for row in rows if row.system == "CACE")
    assert (cace.dataset, cace.supervision, cace.features) == ("AVE", "fully", "")
    assert rows[2].selected_on == "not stated"
    assert rows[2].published == {"accuracy": 77.6}
    assert rows[2].config is None


def test_rows_have_the_data_and_features_of_their_configs():
    for table, features in (("III", "ONE-PEACE"), ("V", "I3D-VGGish"), ("Fig. 5", "ONE-PEACE")):
        settings = {(row.dataset, row.features) for row in read_table(table, ROOT).rows}
        assert settings == {("UnAV-100", features)}
    values = [row.value for row in read_table("Fig. 5", ROOT).rows]
    assert values == [0.01, 0.05, 0.1, 0.2, 0.5, 1]


def test_small_configs_exist():
    small = world_configs(ROOT)
    assert ROOT / "configs" / "loco_unav100_onepeace.py" in small
    assert set(small) | set(small.values()) <= set(LEAVES)


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
    first, second = read_table(str(plan), ROOT).rows
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
        read_table(str(plan), ROOT)
    assert message.format(plan) in str(error.value)


def test_an_unknown_table_is_reported():
    message = r"--table: expected one of I, II, III, .*, Fig. 5, list, or .* got IX"
    with pytest.raises(InputError, match=message):
        read_table("IX", ROOT)
